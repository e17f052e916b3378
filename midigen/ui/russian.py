"""The words of the page in Russian, all in one place: a long table, and how Russian counts.

The English text is the key. Terms: take — дубль, seed — зерно, metre — размер, scale — лад, key —
тональность, run — запуск, data set — набор, held-out — отложенный, loss — потери.
"""

from __future__ import annotations

from collections.abc import Mapping

# After 1, 2 and 5: the key is the English word after 2.
PLURALS: Mapping[str, tuple[str, str, str]] = {
    "bars": ("такт", "такта", "тактов"),
    "notes": ("нота", "ноты", "нот"),
    "pieces": ("пьеса", "пьесы", "пьес"),
}

_TONICS = {"C": "до", "D": "ре", "E": "ми", "F": "фа", "G": "соль", "A": "ля", "B": "си"}
_SIGNS = {"": "", "#": "-диез", "b": "-бемоль"}
_MODES = {"major": "мажор", "minor": "минор"}
# `C# minor` is `до-диез минор`.
KEYS: Mapping[str, str] = {
    f"{letter}{sign} {mode}": f"{tonic}{altered} {said}"
    for letter, tonic in _TONICS.items()
    for sign, altered in _SIGNS.items()
    for mode, said in _MODES.items()
}

# Written alike in both languages.
SAME = frozenset({"midigen", "MIDI", "WAV", "MP3", "Top-p", "Top-k", "Min-p", "MusicXML"})

TEXTS: Mapping[str, str] = {
    **KEYS,
    "Train a composer on your own MIDI files and play with it.": (
        "Обучите композитора на своих MIDI-файлах и играйте с ним."
    ),
    "Generate": "Сочинить",
    "Train": "Обучить",
    "Evaluate": "Оценить",
    "Data": "Данные",
    # A public page
    "Training is off on this public page. Run midigen on a computer of your own to train.": (
        "На этой общей странице обучение отключено. Чтобы обучать, запустите midigen у себя."
    ),
    "Measuring is off on this public page: it keeps a computer busy for minutes.": (
        "На этой общей странице измерения отключены: они занимают компьютер на минуты."
    ),
    "Data sets are off on this public page. Run midigen on a computer of your own to bring "
    "your music.": (
        "На этой общей странице наборы данных отключены. Чтобы принести свою музыку, запустите "
        "midigen у себя."
    ),
    "What you compose is kept here for some hours, on this browser's visit only.": (
        "Сочинённое хранится здесь несколько часов, и только для этого браузера."
    ),
    # Names of knobs
    "Length in tokens": "Длина в токенах",
    "Length in bars": "Длина в тактах",
    "Bars of the prompt to use": "Сколько тактов начала взять",
    "Key (tonic)": "Тональность (тоника)",
    "Tempo (bpm)": "Темп (уд/мин)",
    "Metre": "Размер",
    "Steps": "Шаги",
    "Time limit (minutes)": "Предел времени (минуты)",
    "Keys": "Тональности",
    "Keep instruments apart": "Различать инструменты",
    "Instruments": "Инструменты",
    "Temperature": "Температура",
    "Repetition penalty": "Штраф за повторы",
    "Seed": "Зерно",
    "Scale": "Лад",
    "Learning rate": "Скорость обучения",
    "automatic": "автоматически",
    "major": "мажор",
    "minor": "минор",
    "dorian": "дорийский",
    "mixolydian": "миксолидийский",
    "major pentatonic": "мажорная пентатоника",
    "minor pentatonic": "минорная пентатоника",
    "blues": "блюзовый",
    "Style strength": "Сила стиля",
    "Engine": "Движок",
    # Help of knobs
    "Higher is more surprising.": "Чем выше, тем неожиданнее музыка.",
    "Keep the likeliest tokens up to this total probability.": (
        "Оставить самые вероятные токены, вместе дающие эту вероятность."
    ),
    "Keep this many of the likeliest tokens; 0 keeps all.": (
        "Оставить столько самых вероятных токенов; 0 — все."
    ),
    "How the network is computed: torch in full precision, int8 with its weights in one byte "
    "each, which is several times faster; each writes other music from the same seed. auto "
    "takes int8 for LSTMs, and for Transformers whose hidden_size is 512 or more.": (
        "Как считать сеть: torch — с полной точностью, int8 — по байту на вес, что в несколько раз "
        "быстрее; с одним и тем же зерном музыка у них разная. auto берёт int8 для LSTM и для "
        "трансформеров, у которых hidden_size не меньше 512."
    ),
    "Drop tokens less likely than this share of the likeliest; 0 drops none.": (
        "Отбросить токены, чья вероятность ниже этой доли от наибольшей; 0 — ни одного."
    ),
    "How readily the piece takes up what it has played before: 0 never; above 1 it may get "
    "stuck.": (
        "Насколько охотно пьеса повторяет уже сыгранное: 0 — никогда; выше 1 может зациклиться."
    ),
    "Recall": "Повторение мыслей",
    "This model cannot do this: its memory of what a piece has played was not fitted. Models that "
    "are trained now have one.": (
        "Эта модель так не умеет: память о сыгранном для неё не настроена. У моделей, обученных "
        "теперь, она есть."
    ),
    "Above 1 makes recently played pitches less likely.": (
        "Больше 1 — недавно звучавшие высоты становятся менее вероятными."
    ),
    "Length in tokens; about three make a note.": (
        "Длина в токенах; на одну ноту уходит примерно три."
    ),
    "Length in bars, prompt included; empty: by tokens.": (
        "Длина в тактах вместе с началом; пусто — по токенам."
    ),
    "Same seed, same music. Empty draws one and reports it.": (
        "Одно зерно — одна и та же музыка. Пусто — выбрать случайное и показать его."
    ),
    "Bars of the prompt to go on from.": "Столько тактов заданного начала продолжать.",
    "Tonic, for models trained in one key. Empty: the prompt's, else C major or A minor.": (
        "Тоника, для моделей, обученных в одной тональности. Пусто — как в начале, иначе до мажор "
        "или ля минор."
    ),
    "Only notes of this scale, on the key's tonic. Empty: whatever the model writes.": (
        "Только ноты этого лада от выбранной тоники. Пусто — как напишет модель."
    ),
    "Metre of what is composed, such as 3/4. Empty: the model chooses.": (
        "Размер сочиняемого, например 3/4. Пусто — выбирает модель."
    ),
    "Tempo in quarter notes a minute. Empty: the model's, else 100.": (
        "Темп в четвертях в минуту. Пусто — как у модели, иначе 100."
    ),
    "Training ends after this many steps.": "Обучение закончится через столько шагов.",
    "Plan fewer steps if they would take longer, measured while it runs. Empty: no limit.": (
        "Если шаги займут больше времени, их станет меньше (измеряется на ходу). Пусто — без "
        "предела."
    ),
    "Peak learning rate of AdamW.": "Наибольшая скорость обучения (AdamW).",
    "Seed of the weights, the order of pieces and the dropout.": (
        "Зерно для весов, порядка пьес и дропаута."
    ),
    "normalise: all pieces to C major or A minor, the key is chosen when generating; transpose: "
    "random transposition while training; none: as written.": (
        "normalise — все пьесы в до мажор или ля минор, тональность выбирается при сочинении; "
        "transpose — случайное транспонирование при обучении; none — как написано."
    ),
    "Keep instruments apart; otherwise all play as one piano.": (
        "Различать инструменты; иначе всё играет одно фортепиано."
    ),
    "With use_programs: all, families (one instrument of each General MIDI family, and drums), or "
    "a list such as 53, 0, drums. What is not listed counts as the listed one of its family, else "
    "as the first; drums are left out.": (
        "Если инструменты различаются: all — все, families — по одному из каждого семейства "
        "General MIDI и ударные, или список, например 53, 0, drums. Чего в списке нет, то "
        "считается указанным инструментом того же семейства, иначе первым; ударные пропускаются."
    ),
    # Sizes of models
    "About 1 M parameters: worth hearing within 10 minutes on a laptop.": (
        "Около 1 млн параметров: есть что послушать уже через 10 минут на ноутбуке."
    ),
    "About 1 M parameters: a Transformer; it takes twice the time for a token to learn.": (
        "Около 1 млн параметров: трансформер; на токен он тратит при обучении вдвое больше времени."
    ),
    "About 4 M parameters: an hour or more on a CPU, minutes on a GPU.": (
        "Около 4 млн параметров: час и больше на процессоре, минуты на видеокарте."
    ),
    "About 24 M parameters: for a GPU.": "Около 24 млн параметров: для видеокарты.",
    "Go on from a model with music of your own: minutes on a laptop, ten files will do.": (
        "Доучить готовую модель на своей музыке: минуты на ноутбуке, хватит десяти файлов."
    ),
    # Errors
    "Something went wrong": "Что-то пошло не так",
    "This should not have happened. The details are in the log of the app.": (
        "Этого не должно было случиться. Подробности — в журнале приложения."
    ),
    "Please check": "Проверьте, пожалуйста",
    # Generate
    "No model yet": "Моделей пока нет",
    "A composer has to learn first: get some music, then train on it. A quick model is worth "
    "hearing within ten minutes.": (
        "Сначала композитору надо поучиться: добавьте музыку и обучите на ней модель. Быструю "
        "модель стоит послушать уже через десять минут."
    ),
    "Get music": "Добавить музыку",
    "Train a model": "Обучить модель",
    "Model": "Модель",
    "It came without a card, so nothing is known of how it was made.": (
        "У модели нет карточки, поэтому неизвестно, как она сделана."
    ),
    "Loss on music it never heard: {loss:.2f} nats per token.": (
        "Потери на музыке, которой она не слышала: {loss:.2f} ната на токен."
    ),
    "Loss on music it never heard: {loss:.2f} nats per token; a simple 5-gram reaches "
    "{fivegram:.2f}, lower is better.": (
        "Потери на музыке, которой она не слышала: {loss:.2f} ната на токен; простая 5-граммная "
        "модель даёт {fivegram:.2f}, чем меньше, тем лучше."
    ),
    "Takes": "Дубли",
    "Somebody else is composing. You are next, and it begins by itself.": (
        "Сейчас сочиняет кто-то другой. Вы следующий, всё начнётся само."
    ),
    "Others are composing. You are number {rank} of {length} in line, and it begins by itself.": (
        "Сейчас сочиняют другие. Ваше место в очереди: {rank} из {length}, всё начнётся само."
    ),
    "Several at once, to choose from.": "Сразу несколько, чтобы выбрать лучший.",
    "Key, metre and tempo": "Тональность, размер и темп",
    "Sampling": "Выбор нот",
    "Key": "Тоника",
    "Metre of what is composed.": "Размер сочиняемого.",
    "safe": "осторожно",
    "balanced": "умеренно",
    "wild": "дерзко",
    "How daring?": "Насколько смело?",
    "Sets the sliders below; balanced is how the model is meant.": (
        "Задаёт ползунки ниже; умеренно — так, как задумана модель."
    ),
    "Roll the dice": "Бросить кости",
    "Begin with some music": "Начать с готовой музыки",
    "Begin with": "С чего начать",
    "The model goes on from there.": "Дальше продолжит модель.",
    "nothing": "с нуля",
    "a known opening": "известное начало",
    "a MIDI file": "MIDI-файл",
    "my own playing": "моя игра",
    "MIDI file to go on from": "MIDI-файл, который продолжить",
    "Opening": "Начало",
    "There is no MIDI file to begin with.": "Нет MIDI-файла, с которого начать.",
    "Drop one, or begin with nothing.": "Перетащите файл сюда или начните с нуля.",
    "No opening was chosen.": "Начало не выбрано.",
    "Nothing was played yet.": "Пока ничего не сыграно.",
    "Press Record and play some bars, or begin with nothing.": (
        "Нажмите «Запись» и сыграйте несколько тактов или начните с нуля."
    ),
    "Listen to what it writes:": "Послушайте, что она пишет:",
    "Measure length in": "Мерить длину в",
    "tokens": "токенах",
    "bars": "тактах",
    "New seed each time": "Каждый раз новое зерно",
    "Stop": "Стоп",
    "Composing: {notes} so far.": "Сочиняю: пока {notes}.",
    "Continue": "Продолжить",
    "Bars to keep": "Оставить тактов",
    "Compose the rest again": "Пересочинить остальное",
    "Undo": "Отменить",
    "All takes": "Все дубли",
    "Take {n}": "Дубль {n}",
    "seed {seed}": "зерно {seed}",
    "grown": "продолжение",
    "Your takes": "Ваши дубли",
    "What you compose is kept here for a week, on this browser's visit only.": (
        "Сочинённое хранится здесь неделю и видно только в этом браузере."
    ),
    "Download all": "Скачать все",
    "Show": "Показать",
    "Favourite": "В избранное",
    "Compare": "Сравнить",
    "Beside the take in the player": "Рядом с дублем в плеере",
    "Stop comparing": "Не сравнивать",
    "Rename": "Переименовать",
    "New name; Enter keeps it": "Новое название; Enter сохранит",
    "Delete": "Удалить",
    "Delete for good?": "Удалить навсегда?",
    "How it sounds": "Как звучит",
    "Transpose": "Транспонировать",
    "Semitones; nothing is composed again.": "В полутонах; заново ничего не сочиняется.",
    "Tempo to play in": "Темп исполнения",
    "Quarter notes a minute.": "Четвертей в минуту.",
    "as composed": "как сочинено",
    "all parts": "все партии",
    "Part": "Партия",
    "Volume of the part, %": "Громкость партии, %",
    "Beside the other parts; choose a part first.": (
        "По сравнению с другими; сначала выберите партию."
    ),
    "Instrument": "Инструмент",
    "Of General MIDI.": "Из набора General MIDI.",
    "Soundfont": "Саундфонт",
    "The recordings it is played with.": "Записи инструментов, которыми играется музыка.",
    "Add a soundfont": "Добавить саундфонт",
    "Look closer": "Рассмотреть поближе",
    "Analyse the take": "Разобрать дубль",
    "… or any MIDI file": "… или любой MIDI-файл",
    "There is no take yet.": "Дублей пока нет.",
    "Compose one, or choose a MIDI file.": "Сочините дубль или выберите MIDI-файл.",
    "Chords": "Аккорды",
    "… and {n} more.": "… и ещё {n}.",
    "Pitch classes": "Звуки октавы",
    "Steps of the melody (semitones)": "Шаги мелодии (полутоны)",
    "Note lengths (quarters)": "Длительности нот (четверти)",
    "this piece": "эта пьеса",
    "training pieces": "обучающие пьесы",
    "Not checked for copied passages: that needs the pieces that the model learned from, and they "
    "are not on this computer. This says nothing of whether it copies.": (
        "На скопированные места не проверено: для этого нужны пьесы, на которых училась модель, а "
        "на этом компьютере их нет. Есть ли в ней заимствования, это не говорит."
    ),
    "Make this take again": "Повторить этот дубль",
    "The same request always gives the same music. As a command (what it goes on from is "
    "prompt.mid in the download of all takes):": (
        "Один и тот же запрос всегда даёт одну и ту же музыку. В виде команды (то, что "
        "продолжается, лежит как prompt.mid в архиве всех дублей):"
    ),
    "Behind this page's address, it fills the request in:": (
        "После адреса этой страницы заполняет запрос:"
    ),
    "As JSON:": "В виде JSON:",
    "Your piece will appear here. Choose a model and press Generate.": (
        "Здесь появится ваша пьеса. Выберите модель и нажмите «Сочинить»."
    ),
    "Recipe (JSON)": "Рецепт (JSON)",
    "Stopped early: the same request, not stopped, goes on from here.": (
        "Остановлено раньше: тот же запрос без остановки продолжит отсюда."
    ),
    "Player. Space plays and pauses, arrow keys move by five seconds, square brackets set where "
    "the loop begins and ends, Escape ends it.": (
        "Плеер. Пробел — играть и пауза, стрелки — на пять секунд назад и вперёд, квадратные "
        "скобки — начало и конец повтора, Escape — конец повтора."
    ),
    "Alone": "Только эта",
    "Arrow keys move the flag, a click removes it.": "Стрелки двигают флажок, щелчок убирает его.",
    "Click to mute; Alt or Shift and click to hear it alone": (
        "Щелчок — выключить; Alt или Shift и щелчок — слышать только её"
    ),
    "End the loop": "Закончить повтор",
    "Keep one bar less": "Оставить на такт меньше",
    "Keep one bar more": "Оставить на такт больше",
    "Keep the first bars…": "Оставить начало…",
    "Keeps the first bar": "Остаётся первый такт",
    "Keeps the first {n} bars": "Остаются первые такты: {n}",
    "Loop": "Повтор",
    "Mute": "Без звука",
    "Page": "Страница",
    "Play four bars again and again; or drag over the bar numbers": (
        "Повторять четыре такта; или проведите по номерам тактов"
    ),
    "Remove the flag": "Убрать флажок",
    "Roll": "Пианоролл",
    "S": "С",
    "Score": "Ноты",
    "Score (SVG)": "Ноты (SVG)",
    "Sheet music. A click on a note plays from there.": "Ноты. Щелчок по ноте играет с неё.",
    "The piece is complete.": "Пьеса готова.",
    "This page cannot be shown.": "Эту страницу нельзя показать.",
    "View": "Вид",
    "still composing": "ещё сочиняется",
    "Play": "Играть",
    "Pause": "Пауза",
    "Position": "Позиция",
    "Volume": "Громкость",
    "Zoom": "Масштаб",
    "Zoom in": "Крупнее",
    "Zoom out": "Мельче",
    "Piano roll": "Нотная лента",
    "notes": "нот",
    # The keyboard
    "Piano keyboard with a recorder": "Клавиатура фортепиано с записью",
    "Record": "Запись",
    "Play it back": "Прослушать",
    "Clear": "Стереть",
    "Tempo": "Темп",
    "Beats a minute, from 40 to 200; in 6/8 a beat is an eighth": (
        "Долей в минуту, от 40 до 200; в 6/8 доля — восьмая"
    ),
    "Count-in": "Отсчёт",
    "Metronome": "Метроном",
    "What was played": "Что сыграно",
    "Press Record and play. The model goes on from here.": (
        "Нажмите «Запись» и играйте. Дальше продолжит модель."
    ),
    "Piano. Arrow keys move along the keys and by octaves, Enter or Space plays.": (
        "Фортепиано. Стрелки ведут по клавишам и октавам, Enter или пробел играет."
    ),
    "Lower octave": "Октавой ниже",
    "Higher octave": "Октавой выше",
    "Mouse, fingers or the computer’s keys: the bottom row is the lower octave.": (
        "Мышь, пальцы или клавиши компьютера: нижний ряд — нижняя октава."
    ),
    "Play with your fingers, several at once if you like.": (
        "Играйте пальцами, можно несколькими сразу."
    ),
    "sharp": "диез",
    "Counting in": "Отсчёт",
    "Your first note is beat one.": "Ваша первая нота — первая доля.",
    "Recording": "Идёт запись",
    "Playing": "Звучит",
    "Nothing was played.": "Ничего не сыграно.",
    "That is as long as a recording can be.": "Дольше запись быть не может.",
    "bar|bars": "такт|такта|тактов",
    "note|notes": "нота|ноты|нот",
    "bpm": "уд/мин",
    "Connect a MIDI keyboard": "Подключить MIDI-клавиатуру",
    "Connected": "Подключено",
    "No MIDI keyboard found. Plug one in; it will be noticed.": (
        "MIDI-клавиатура не найдена. Подключите её: она будет замечена."
    ),
    "The browser does not let this page use MIDI keyboards.": (
        "Браузер не разрешает этой странице MIDI-клавиатуры."
    ),
    "The recording cannot be read: {why}.": "Запись не читается: {why}.",
    "Clear it and record again.": "Сотрите её и запишите снова.",
    # Train
    "New run": "Новый запуск",
    "Data set": "Набор данных",
    "No data set yet. Get one on the Data tab.": (
        "Наборов пока нет. Добавьте на вкладке «Данные»."
    ),
    "Size": "Величина",
    "Style": "Стиль",
    "Any": "Любой",
    "How strongly an asked style colours the piece; 1 is as the model has learned it. A density is "
    "always followed as it was learned.": (
        "Насколько сильно выбранный стиль окрашивает пьесу; 1 — так, как модель его выучила. "
        "Густоте модель всегда следует так, как выучила."
    ),
    "Style to compose in, of those that the model has learned apart. Empty: any.": (
        "Стиль из тех, которые модель научилась различать. Пусто: любой."
    ),
    "How full its bars shall be; the model has learned to tell them apart.": (
        "Насколько полны должны быть такты; модель научилась их различать."
    ),
    "sparse": "редко",
    "medium": "средне",
    "dense": "густо",
    "Whose music it shall be like, of those that the model has learned apart.": (
        "На чью музыку должно быть похоже: из тех, кого модель научилась различать."
    ),
    "Name of the run": "Название запуска",
    "Also the name of the model that comes out. Empty: the one shown in grey.": (
        "Так будет называться и готовая модель. Пусто: имя, показанное серым."
    ),
    "Start from": "Исходная модель",
    "nothing: learn from scratch": "никакая: учить с нуля",
    "A model that knows music already learns a few pieces of yours in minutes.": (
        "Модель, уже знающая музыку, выучит несколько ваших пьес за минуты."
    ),
    "More settings": "Ещё настройки",
    "Other settings": "Прочие настройки",
    "One per line, as in config.yaml: model.dropout=0.3": (
        "По одной на строку, как в config.yaml: model.dropout=0.3"
    ),
    "The same in a terminal": "То же в терминале",
    "Start training": "Начать обучение",
    "Watch a run": "Ход обучения",
    "Run": "Запуск",
    "No run yet. What is learned will be shown here while it is learned.": (
        "Запусков пока нет. Здесь будет видно, как идёт обучение."
    ),
    "Resume": "Продолжить",
    "loss in nats per token": "потери, нат на токен",
    "step": "шаг",
    "Log": "Журнал",
    "The validation loss no longer fell.": "Потери на проверке перестали падать.",
    "The run stops after this step and keeps what it has learned.": (
        "Запуск остановится после этого шага и сохранит выученное."
    ),
    "Play with this model": "Играть с этой моделью",
    "The command of this run": "Команда этого запуска",
    "What the model shall learn from.": "На чём модели учиться.",
    "training": "обучение",
    "validation": "проверка",
    "5-gram": "5-граммы",
    "{line}, far above": "{line}, намного выше",
    "unigram": "униграммы",
    "Failed": "Сбой",
    "Died": "Прервано",
    "Resume goes on from the last step that was saved.": (
        "«Продолжить» пойдёт дальше с последнего сохранённого шага."
    ),
    "There is nothing saved to go on from: start it again.": (
        "Продолжать не с чего, ничего ещё не сохранено: начните обучение заново."
    ),
    "Loss": "Потери",
    "Speed": "Быстрота",
    "learning rate": "скорость обучения",
    "tokens a second": "токенов в секунду",
    "Compare with": "Сравнить с",
    "{run}, training": "{run}, обучение",
    "{run}, validation": "{run}, проверка",
    "… with its cache": "… с кэшем",
    "All curves in TensorBoard, from the studio's folder:": (
        "Все кривые в TensorBoard, из папки студии:"
    ),
    "Listen to what it has learned": "Послушать, чему она научилась",
    "A piece is composed at every evaluation, always with the same seed.": (
        "При каждой проверке сочиняется пьеса, всегда с одним и тем же зерном."
    ),
    "Choose a step above to hear what the model composed then.": (
        "Выберите шаг выше, чтобы услышать, что модель тогда сочинила."
    ),
    "There is no such piece any more.": "Такой пьесы больше нет.",
    "Choose another step.": "Выберите другой шаг.",
    "How long will it take?": "Сколько это займёт?",
    "Measuring: a few steps are learned and thrown away …": (
        "Измеряем: несколько шагов учатся и отбрасываются …"
    ),
    "About {time} on this machine, as busy as it is now: {steps:,} steps and the last evaluation. "
    "Less if the validation loss no longer falls.": (
        "Около {time} на этой машине при нынешней загрузке: шагов — {steps:,}, и последняя "
        "проверка. Меньше, если потери на проверке перестанут падать."
    ),
    "About {time} on this machine, as busy as it is now: some {steps:,} steps fit the time limit. "
    "Less if the validation loss no longer falls.": (
        "Около {time} на этой машине при нынешней загрузке: в предел времени уместится шагов: "
        "{steps:,}. Меньше, если потери на проверке перестанут падать."
    ),
    "All runs": "Все запуски",
    "The buttons below are for the run that is chosen above.": (
        "Кнопки ниже относятся к запуску, выбранному выше."
    ),
    "Learned from": "На чём учился",
    "State": "Состояние",
    "Best loss": "Лучшие потери",
    "With cache": "С кэшем",
    "When": "Когда",
    "Settings": "Настройки",
    "preparing": "готовится",
    "learning": "учится",
    "finished": "закончен",
    "stopped": "остановлен",
    "failed": "сбой",
    "died": "прерван",
    "New name of the chosen run": "Новое название выбранного запуска",
    "There is no new name.": "Нового названия нет.",
    "Write one first.": "Сначала напишите его.",
    "Take along": "Взять с собой",
    "The model and how it learned, as a zip": "Модель и ход её обучения одним zip-архивом",
    "Take in a model from a zip": "Принять модель из zip-архива",
    "“{name}” is here.": "«{name}» принята.",
    "Delete the run “{name}” and its model? What it composed stays.": (
        "Удалить запуск «{name}» и его модель? Сочинённое останется."
    ),
    # Evaluate
    "How good is it?": "Насколько она хороша?",
    "A model is judged by music that it has never seen: how well it foretells it, how like it its "
    "own pieces are, and whether it copies.": (
        "Модель судят по музыке, которой она не видела: хорошо ли она её предсказывает, похожи ли "
        "на неё её собственные пьесы и не копирует ли она."
    ),
    "Held-out pieces": "Отложенные пьесы",
    "to validate": "для проверки",
    "to test": "для теста",
    "Test pieces are for the last look: choose nothing by them.": (
        "Тестовые пьесы — для последнего взгляда: ничего не выбирайте по ним."
    ),
    "Pieces to compose": "Сочинить пьес",
    "Of 32 bars each, with the settings of config.yaml; 0 for none.": (
        "По 32 такта, с настройками из config.yaml; 0 — ни одной."
    ),
    "Measure": "Измерить",
    "Quantity": "Показатель",
    "Not measured yet. It takes a minute or two, and needs the music it learned from.": (
        "Ещё не измерено. Это займёт минуту-другую и потребует музыки, на которой она училась."
    ),
    "{n} pieces of {data}, {part}": "Пьес: {n}; набор {data}, {part}",
    "It foretells music worse than a table of five-token snippets: it has learned none.": (
        "Она предсказывает музыку хуже таблицы из отрывков по пять токенов: ничему не научилась."
    ),
    "Without its memory of what a piece has already said it would need {bits:.2f} bits per note.": (
        "Без памяти о том, что в пьесе уже прозвучало, понадобилось бы {bits:.2f} бит на ноту."
    ),
    "It needs {share:.0%} fewer bits to foretell this music than a 5-gram does.": (
        "Чтобы предсказать эту музыку, ей нужно на {share:.0%} меньше бит, чем 5-граммной модели."
    ),
    "An overlap of 1 is the same distribution. On average it is {mean:.2f}; random halves of the "
    "real pieces reach {halves:.2f} with each other.": (
        "Перекрытие 1 — одинаковые распределения. В среднем оно {mean:.2f}; случайные половины "
        "настоящих пьес дают друг с другом {halves:.2f}."
    ),
    "{n} of {total} pieces ran into a few notes, as no real piece does: raise the temperature or "
    "top-p, or train longer.": (
        "Пьес, застрявших на нескольких нотах, чего в настоящих не бывает: {n} из {total}. "
        "Повысьте температуру или top-p либо обучайте дольше."
    ),
    "{n} attempts were nothing but rests.": "Попыток, где вышли одни паузы: {n}.",
    "of the real held-out pieces 95 % share at most {most:.0f} notes with one": (
        "у 95 % настоящих отложенных пьес с какой-либо из них общих нот подряд не больше {most:.0f}"
    ),
    "No piece shares a passage worth a word with a training piece; {usual}.": (
        "Ни в одной пьесе нет сколько-нибудь заметного места из обучающих; {usual}."
    ),
    "The longest passage shared with a training piece, in whatever key, has {notes} (bars {start} "
    "to {end}, {file}); {usual}. {n} of {total} pieces share more.": (
        "Самое длинное общее с обучающей пьесой место, в любой тональности: {notes} (такты "
        "{start}–{end}, {file}); {usual}. Больше общего у пьес: {n} из {total}."
    ),
    "Composed": "Сочинённые",
    "Real": "Настоящие",
    "Overlap": "Перекрытие",
    "Variety of pitch classes (bits)": "Разнообразие звуков октавы (биты)",
    "Notes in the best scale": "Доля нот в лучшем ладу",
    "Notes a beat": "Нот на долю",
    "Notes at once": "Нот одновременно",
    "Spread of loudness": "Разброс громкости",
    "Range (semitones)": "Диапазон (полутоны)",
    "Rhythm like that of the next bar": "Сходство ритма соседних тактов",
    "Bars like earlier ones": "Такты, похожие на прежние",
    "Distances between onsets": "Промежутки между началами нот",
    "Lengths of notes": "Длительности нот",
    "Bits per note": "Бит на ноту",
    "Nats per token": "Нат на токен",
    "Unigram": "Униграммы",
    "Mean overlap": "Среднее перекрытие",
    "Collapsed": "Застряли",
    "{n} of {total}": "{n} из {total}",
    "Longest shared run": "Самое длинное совпадение",
    # Data
    "Bach chorales": "Хоралы Баха",
    "Comes with the studio: chorales in four voices, small and clean. A good first set.": (
        "Входят в студию: четырёхголосные хоралы, небольшой и чистый набор. Хорошо для начала."
    ),
    "Made from the scores of the music21 package, without network or account. The first "
    "conversion takes a minute or two.": (
        "Из партитур пакета music21, без сети и учётной записи. Первое преобразование займёт "
        "минуту-другую."
    ),
    "Use the chorales": "Взять хоралы",
    "From Kaggle": "С Kaggle",
    "Any public data set with MIDI files inside. No account is needed.": (
        "Любой открытый набор с MIDI-файлами. Учётная запись не нужна."
    ),
    "The one named here holds 295 pieces of classical piano music, from Albéniz to Tchaikovsky.": (
        "В указанном здесь — 295 классических фортепианных пьес, от Альбениса до Чайковского."
    ),
    "Kaggle data set (owner/name)": "Набор на Kaggle (владелец/название)",
    "Download": "Скачать",
    "Write it as owner/name, as in the address of its page.": (
        "Напишите владелец/название, как в адресе его страницы."
    ),
    "Your own files": "Свои файлы",
    "MIDI files, or one zip with folders of them. They stay on this computer.": (
        "MIDI-файлы или один zip с папками. Они остаются на этом компьютере."
    ),
    "Drop files here": "Перетащите файлы сюда",
    "Name of the set": "Название набора",
    "Import": "Загрузить",
    "There are no files to import.": "Нет файлов для загрузки.",
    "Drop MIDI files or a zip first.": "Сначала перетащите MIDI-файлы или zip.",
    "Cancel": "Отменить",
    "“{name}” is ready.": "Набор «{name}» готов.",
    "Data sets": "Наборы данных",
    "No data set yet. Choose one of the three ways above.": (
        "Наборов пока нет. Выберите один из трёх способов выше."
    ),
    "Name": "Название",
    "From": "Откуда",
    "Files": "Файлы",
    "Kept": "Принятые",
    "Left out": "Отброшенные",
    "Hours": "Часы",
    "Tokens": "Токены",
    "None.": "Нет.",
    "All": "Все",
    "File": "Файл",
    "Verdict": "Решение",
    "Reason or part": "Причина или часть",
    "Notes": "Ноты",
    "Length": "Длина",
    "kept": "принят",
    "left out": "отброшен",
    "test": "тест",
    "Look through the files": "Просмотреть файлы",
    "Nobody has looked through these files yet. That is done before training, or now.": (
        "Эти файлы ещё никто не просматривал. Это делается перед обучением или сейчас."
    ),
    "Train on this set": "Обучить на этом наборе",
    "Teach it to a trained model": "Доучить готовую модель",
    "Delete “{name}” and all its files? Models that were trained on it stay.": (
        "Удалить «{name}» и все его файлы? Обученные на нём модели останутся."
    ),
    "Delete for good": "Удалить навсегда",
    "Keep it": "Оставить",
    "Pieces kept": "Принято пьес",
    "Files left out": "Отброшено файлов",
    "Music": "Музыка",
    "To learn / to judge by": "Для обучения / проверки",
    "Duplicates": "Повторы",
    "Off the beat": "Мимо долей",
    "None of these files can be used, so nothing can be learned from them. The table says why of "
    "each; add MIDI files and import again.": (
        "Ни один из этих файлов не годится, учиться не на чем. В таблице сказано, почему; добавьте "
        "MIDI-файлы и загрузите заново."
    ),
    "Only one piece can be used. Training needs two at least, since one is always held out to "
    "judge by: add another file and import again.": (
        "Годится лишь одна пьеса. Для обучения нужны хотя бы две, ведь одна всегда отложена для "
        "проверки: добавьте ещё файл и загрузите заново."
    ),
    "No piece is held out to judge by, so training will not start. Let the split table name some "
    "as val, or take it out of the configuration (preprocessing.split_csv).": (
        "Ни одна пьеса не отложена для проверки, поэтому обучение не начнётся. Пусть таблица "
        "разбиения назовёт какие-то val, или уберите её из настроек (preprocessing.split_csv)."
    ),
    "No piece is left to learn from, so training will not start. Let the split table name some as "
    "train, or take it out of the configuration (preprocessing.split_csv).": (
        "Не осталось пьес, на которых учиться, поэтому обучение не начнётся. Пусть таблица "
        "разбиения назовёт какие-то train, или уберите её из настроек (preprocessing.split_csv)."
    ),
    "Little to learn from: {pieces} with {tokens} tokens.": (
        "Мало данных для обучения ({pieces}, токенов — {tokens})."
    ),
    "A new model would learn them by heart rather than learn music. Teach them to a trained model "
    "instead, or add more: hundreds of pieces make a composer.": (
        "Новая модель скорее заучит их наизусть, чем научится музыке. Лучше доучить на них готовую "
        "модель или добавить ещё: композитором становятся на сотнях пьес."
    ),
    "Instruments: {together} in {n:,} of {all:,} pieces{others}.": (
        "Инструменты: {together} — пьес {n:,} из {all:,}{others}."
    ),
    "; besides, {names}": "; кроме того, {names}",
    "{name} in {n:,}": "{name} ({n:,})",
    "{first} and {last}": "{first} и {last}",
    "In {n:,} of {all:,} pieces several instruments play ({together} most often). They are "
    "learned as one piano, unless you choose Keep instruments apart.": (
        "Несколько инструментов играют в пьесах: {n:,} из {all:,} (чаще всего {together}). Они "
        "учатся как одно фортепиано, если не выбрать «Различать инструменты»."
    ),
    "Free playing, recorded without a click, in {n} of {all} pieces: no more than {most:.0%} of "
    "their onsets lie near the beats that the file states, and chance alone would bring "
    "{chance:.0%}.": (
        "Свободная игра, записанная без метронома, — пьес {n} из {all}: рядом с долями, которые "
        "указаны в файле, начинается не больше {most:.0%} их нот, а случайно вышло бы {chance:.0%}."
    ),
    "Bars and beats mean nothing in them, so a model learns little rhythm from them. Take them out "
    "if others are enough, or find the same pieces from a score or a sequencer.": (
        "Такты и доли в них ничего не значат, и ритму модель на них почти не научится. Уберите их, "
        "если хватает остальных, или найдите те же пьесы, набранные по нотам."
    ),
    "{part}; free playing: {share:.0%} of onsets near the beat, {chance:.0%} by chance": (
        "{part}; свободная игра: рядом с долями {share:.0%} начал нот, случайно — {chance:.0%}"
    ),
    "Pitches ({lowest} to {highest}), share of notes": (
        "Высоты (от {lowest} до {highest}), доля нот"
    ),
    "Notes a second, share of pieces": "Нот в секунду, доля пьес",
    "Metres, share of pieces": "Размеры, доля пьес",
    "other": "другие",
    "Mean tempi (bpm), share of pieces": "Средние темпы (уд/мин), доля пьес",
    "Lengths in tokens, share of pieces": "Длины в токенах, доля пьес",
    "{low} and more": "{low} и больше",
    "Listen to {file}": "Послушать {file}",
    "Press the triangle beside a file to listen to it.": (
        "Нажмите треугольник рядом с файлом, чтобы его послушать."
    ),
    "The first {length}.": "Начало: {length}.",
    "{file} cannot be played: {why}.": "{file} сыграть нельзя: {why}.",
    "Only files that can be read as MIDI can be heard.": (
        "Услышать можно лишь файлы, которые читаются как MIDI."
    ),
    "There is no file '{file}' in this data set.": "В этом наборе нет файла «{file}».",
    "It may have been imported anew: reload the page.": (
        "Возможно, его загрузили заново: обновите страницу."
    ),
    "'{name}' is being imported.": "Набор «{name}» сейчас загружается.",
    "Wait for it, or cancel the import first.": "Дождитесь конца или сначала отмените загрузку.",
    "doubles": "повторы",
    "off the grid": "мимо долей",
    # Sentences
    "{seconds:.0f} s": "{seconds:.0f} с",
    "{minutes} min": "{minutes} мин",
    "{hours} h {minutes} min": "{hours} ч {minutes} мин",
    "{number} G": "{number} млрд",
    "{number} M": "{number} млн",
    "{number} k": "{number} тыс.",
    "Learned from {dataset}.": "Училась на {dataset}.",
    "Began as {model}.": "Начинала как {model}.",
    "{number} parameters.": "{number} параметров.",
    "{name} (still learning)": "{name} (ещё учится)",
    "Step {n:,}": "Шаг {n:,}",
    "Example {n:,}": "Пример {n:,}",
    "Played by {synth}.": "Играет {synth}.",
    "Played by {synth} with {soundfont}.": "Играет {synth}, саундфонт {soundfont}.",
    "step {step:,} of {total:,}": "шаг {step:,} из {total:,}",
    "Reading the music …": "Чтение музыки …",
    ", about {time} left": ", осталось около {time}",
    "Learning: {where}{left}.": "Учится: {where}{left}.",
    "A finished model.": "Готовая модель.",
    "Finished at {where}.": "Завершено: {where}.",
    "Stopped at {where}. What it has learned is kept.": (
        "Остановлено: {where}. Выученное сохранено."
    ),
    "Training loss": "Потери на обучении",
    "Best validation loss": "Лучшие потери на проверке",
    "Tokens a second": "Токенов в секунду",
    "Time left": "Осталось",
    "Took": "Заняло",
    "{what}: {done} of {total}": "{what}: {done} из {total}",
    "From: {source}.": "Откуда: {source}.",
    "Licence: {licence}": "Лицензия: {licence}",
    "The first {most:,} of {all:,} files.": "Показаны первые {most:,} из {all:,}.",
    # A closer look
    "In {key}, {surety} (next: {next}).": "Тональность: {key}, {surety} (далее: {next}).",
    "very surely": "почти наверняка",
    "quite surely": "довольно уверенно",
    "perhaps": "возможно",
    "but it could be another key": "но может быть и другая",
    "{bars} of {metre} at {tempo}, {clock}.": "{bars}, размер {metre}, темп {tempo}, {clock}.",
    "{mean:.0f} bpm": "{mean:.0f} уд/мин",
    "about {mean:.0f} bpm ({slowest:.0f} to {fastest:.0f})": (
        "около {mean:.0f} уд/мин (от {slowest:.0f} до {fastest:.0f})"
    ),
    ", then ": ", затем ",
    "{notes} from {lowest} to {highest}: {per_second:.1f} a second, {per_bar:.0f} a bar, "
    "{polyphony:.1f} at a time.": (
        "{notes} от {lowest} до {highest}: {per_second:.1f} в секунду, {per_bar:.0f} в такте, "
        "{polyphony:.1f} одновременно."
    ),
    "{name}: {notes} from {lowest} to {highest}; it plays {presence:.0%} of the time, "
    "{monophony:.0%} of that one note at a time.": (
        "{name}: {notes} от {lowest} до {highest}; звучит {presence:.0%} времени, из них по одной "
        "ноте {monophony:.0%}."
    ),
    "{name}: {notes}; they play {presence:.0%} of the time.": (
        "{name}: {notes}; звучит {presence:.0%} времени."
    ),
    "Ends with an authentic cadence: {before} – {last}.": (
        "В конце автентический каданс: {before} – {last}."
    ),
    "Ends with a half cadence: {before} – {last}.": (
        "В конце половинный каданс: {before} – {last}."
    ),
    "Ends with a plagal cadence: {before} – {last}.": (
        "В конце плагальный каданс: {before} – {last}."
    ),
    "Ends without a cadence.": "Каданса в конце нет.",
    "It shares no passage worth a word with a training piece{usual}.": (
        "Сколько-нибудь заметных мест из обучающих пьес нет{usual}."
    ),
    "The longest run shared with a training piece is {notes} ({bars}, {file}){usual}.": (
        "Самое длинное совпадение с обучающей пьесой: {notes} ({bars}, {file}){usual}."
    ),
    "; between real pieces {median:.0f} is usual, and 95 % share at most {most:.0f}": (
        "; у настоящих пьес между собой обычно {median:.0f}, а у 95 % — не больше {most:.0f}"
    ),
    "bar {start}": "такт {start}",
    "bars {start} to {end}": "такты {start}–{end}",
    "{name}: {figure:.2f}, as in 90 % of the training pieces ({low:.2f} to {high:.2f}).": (
        "{name}: {figure:.2f}, как у 90 % обучающих пьес (от {low:.2f} до {high:.2f})."
    ),
    "{name}: {figure:.2f}, less than usual in training pieces ({low:.2f} to {high:.2f}).": (
        "{name}: {figure:.2f}, меньше обычного для обучающих пьес (от {low:.2f} до {high:.2f})."
    ),
    "{name}: {figure:.2f}, more than usual in training pieces ({low:.2f} to {high:.2f}).": (
        "{name}: {figure:.2f}, больше обычного для обучающих пьес (от {low:.2f} до {high:.2f})."
    ),
    "{finding} {remedies}": "{finding} {remedies}",
    "Try {remedies}.": "Попробуйте {remedies}.",
    " or ": " или ",
    "It runs into a few notes for {figure:.0%} of the time, as no real piece does.": (
        "Застревает на нескольких нотах {figure:.0%} времени, чего в настоящих пьесах не бывает."
    ),
    "Only {figure:.0%} of its notes are in one scale; nearly all real pieces have more than "
    "{limit:.0%}.": (
        "Лишь {figure:.0%} нот принадлежат одному ладу; почти во всех настоящих пьесах — больше "
        "{limit:.0%}."
    ),
    "Its bars are alike by {figure:.2f}; nearly all real pieces stay below {limit:.2f}.": (
        "Сходство тактов — {figure:.2f}; почти во всех настоящих пьесах оно ниже {limit:.2f}."
    ),
    "Hardly a bar comes back: alike by {figure:.2f}, where nearly all real pieces have more than "
    "{limit:.2f}.": (
        "Такты почти не повторяются: сходство {figure:.2f}, а почти во всех настоящих пьесах оно "
        "выше {limit:.2f}."
    ),
    "It stays within {figure:.0f} semitones; nearly all real pieces span at least {limit:.0f}.": (
        "Диапазон в полутонах — {figure:.0f}; почти у всех настоящих пьес — не меньше {limit:.0f}."
    ),
    "It has {figure:.1f} notes a quarter; nearly all real pieces have more than {limit:.1f}.": (
        "Нот на четверть — {figure:.1f}; почти во всех настоящих пьесах — больше {limit:.1f}."
    ),
    "It has {figure:.1f} notes a quarter; nearly all real pieces have fewer than {limit:.1f}.": (
        "Нот на четверть — {figure:.1f}; почти во всех настоящих пьесах — меньше {limit:.1f}."
    ),
    "It is played at almost one loudness: velocities spread by {figure:.1f}, performances by at "
    "least {limit:.1f}.": (
        "Сыграно почти на одной громкости: разброс силы нажатия {figure:.1f}, а у исполнителей — "
        "не меньше {limit:.1f}."
    ),
    "a higher temperature": "температуру повыше",
    "a lower temperature": "температуру пониже",
    "a higher top-p": "top-p побольше",
    "a lower top-p": "top-p поменьше",
    "a higher repetition penalty": "штраф за повторы побольше",
    "a lower repetition penalty": "штраф за повторы поменьше",
    "another seed": "другое зерно",
    "a prompt that has the density you want": "начало с нужной вам плотностью нот",
    "a model that was trained on performances": "модель, обученную на живых исполнениях",
}


def plural_form(number: int) -> int:
    """Which of the three forms goes with a number: 1, 21 → 0; 2, 34 → 1; 5, 11, 112 → 2."""
    if number % 10 == 1 and number % 100 != 11:
        return 0
    return 1 if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14) else 2
