// --- Sound -------------------------------------------------------------------------------------

let context = null; // made at the first gesture, as browsers demand
let master, tone;
let soundMinusClock = null; // seconds of the audio clock that are heard at second 0 of ours
const voices = new Set();

function wake() {
  const Context = window.AudioContext;
  if (!context && Context) {
    context = new Context({ latencyHint: "interactive" });
    const limiter = new DynamicsCompressorNode(context, { threshold: -14, ratio: 8, attack: 0.002, release: 0.15 });
    master = new GainNode(context, { gain: 0.5 });
    master.connect(limiter).connect(context.destination);
    const partials = [0, 1, 0.52, 0.3, 0.17, 0.1, 0.07, 0.04, 0.03];
    tone = context.createPeriodicWave(new Float32Array(partials.length), new Float32Array(partials));
  }
  if (context && context.state !== "running") return context.resume().catch(() => {});
  return Promise.resolve();
}

function measuredClock() {
  const stamp = context.getOutputTimestamp?.();
  const played = stamp?.performanceTime ? stamp.contextTime - stamp.performanceTime / 1000 : NaN;
  const estimated = context.currentTime - (context.outputLatency || context.baseLatency || 0) - now();
  return Math.abs(played - estimated) < 0.5 ? played : estimated;
}

// The audio clock's time for a second of ours; small jitter of the measurement is smoothed away.
function audioTime(second) {
  const measured = measuredClock();
  const isLost = soundMinusClock === null || Math.abs(measured - soundMinusClock) > 0.05;
  soundMinusClock = isLost ? measured : soundMinusClock + 0.1 * (measured - soundMinusClock);
  return Math.max(context.currentTime, second + soundMinusClock);
}

// A struck string: two nearly equal tones whose brightness and loudness die away, low ones slowly.
function strike(pitch, velocity, at = context?.currentTime) {
  if (!context) return null;
  const force = velocity / 127;
  const frequency = 440 * 2 ** ((pitch - 69) / 12);
  const decay = clamp(1.1 * 2 ** ((60 - pitch) / 20), 0.12, 3.2); // seconds to a third
  const brightness = new BiquadFilterNode(context, { type: "lowpass", frequency: Math.min(frequency * (2 + 7 * force) + 300, 16000), Q: 0.3 });
  brightness.frequency.setTargetAtTime(Math.min(frequency * 1.6 + 200, 14000), at, decay * 0.5);
  const envelope = new GainNode(context, { gain: 0 });
  envelope.gain.setValueAtTime(0, at);
  envelope.gain.linearRampToValueAtTime(0.05 + 0.4 * force ** 1.7, at + 0.004);
  envelope.gain.setTargetAtTime(0, at + 0.004, decay);
  const damper = new GainNode(context, { gain: 1 });
  brightness.connect(envelope).connect(damper).connect(master);
  const strings = [-1.5, 1.5].map((detune) => {
    const string = new OscillatorNode(context, { frequency, detune, periodicWave: tone });
    string.connect(brightness);
    string.start(at);
    string.stop(at + decay * 7);
    return string;
  });
  const voice = { damper, strings };
  strings[1].onended = () => { voices.delete(voice); damper.disconnect(); };
  if (voices.size >= MOST_VOICES) damp(voices.values().next().value, context.currentTime, 0.01);
  voices.add(voice);
  return voice;
}

function damp(voice, at = context?.currentTime, seconds = 0.07) {
  if (!voice) return;
  voice.damper.gain.cancelScheduledValues(at);
  voice.damper.gain.setTargetAtTime(0, at, seconds);
  for (const string of voice.strings) string.stop(at + seconds * 7);
  if (at <= context.currentTime) voices.delete(voice);
}

function click(at, isAccent) {
  const level = new GainNode(context, { gain: 0 });
  level.gain.setValueAtTime(isAccent ? 0.16 : 0.09, at);
  level.gain.setTargetAtTime(0, at, 0.012);
  const tick = new OscillatorNode(context, { type: "triangle", frequency: isAccent ? 1760 : 1320 });
  tick.connect(level).connect(master);
  tick.start(at);
  tick.stop(at + 0.1);
  tick.onended = () => level.disconnect();
}
