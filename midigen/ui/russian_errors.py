"""What the rooms say when something goes wrong, in Russian. `{}` stands for a value of the message.

The English text is the key, written as the room that raises it writes it; the values keep their
order in Russian unless they are numbered.
"""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    # What can follow
    "Available: {}.": "Есть: {}.",
    "There are: {}.": "Есть: {}.",
    "There is none yet.": "Пока нет ни одной.",
    "There is none yet; import one.": "Пока нет ни одного; загрузите.",
    "Found: {}.": "Найдено: {}.",
    "It knows {}.": "Она знает {}.",
    "Try again.": "Попробуйте ещё раз.",
    "Try again in some minutes.": "Попробуйте ещё раз через несколько минут.",
    "Choose another.": "Выберите другой.",
    "Reload the page.": "Обновите страницу.",
    "Nothing can be saved: {}.": "Ничего не сохранить: {}.",
    "Make room on the disk.": "Освободите место на диске.",
    # A public page
    "You have asked for all that one visitor may have in an hour.": (
        "Вы попросили всё, что можно одному посетителю за час."
    ),
    "Go on in {} min.": "Продолжить можно через {} мин.",
    "{} bars are more than this public page composes.": (
        "{} тактов — больше, чем сочиняет эта общая страница."
    ),
    "{} tokens are more than this public page composes.": (
        "{} токенов — больше, чем сочиняет эта общая страница."
    ),
    "Ask for at most {}.": "Попросите не больше {}.",
    "A beginning of {} bars is too long for this public page.": (
        "Начало в {} тактов слишком длинное для этой общей страницы."
    ),
    "Cut it to at most {} bars.": "Сократите его до {} тактов.",
    "{} s are more than this public page plays.": ("{} с — больше, чем играет эта общая страница."),
    "Choose a faster tempo or fewer bars: at most {} s.": (
        "Выберите темп быстрее или меньше тактов: не больше {} с."
    ),
    "{} is larger than this public page reads.": "{} больше, чем читает эта общая страница.",
    "Send at most {} MB.": "Пришлите не больше {} МБ.",
    "This is not here.": "Этого здесь нет.",
    "This is larger than what this public page takes.": (
        "Это больше, чем принимает эта общая страница."
    ),
    "This public page is full.": "Эта общая страница заполнена.",
    "Come back later.": "Зайдите позже.",
    "{} is {}; it must be a whole number from {} to {}.": (
        "Значение «{}»: {}; нужно целое число от {} до {}."
    ),
    # Runs and their zips
    "'{}' comes with midigen and stays as it is.": "«{}» — часть midigen и остаётся как есть.",
    "Choose a run of your own.": "Выберите своё обучение.",
    "'{}' has no model yet.": "У «{}» ещё нет модели.",
    "Wait for its first evaluation.": "Дождитесь первой проверки.",
    "'{}' is training on '{}'.": "«{}» сейчас учится на «{}».",
    "Every name like '{}' is taken.": "Все имена вроде «{}» заняты.",
    "Give it another one.": "Дайте другое имя.",
    "It took too long.": "Это заняло слишком много времени.",
    "Try smaller settings.": "Попробуйте настройки поменьше.",
    "Nobody has looked through '{}' yet.": "Набор «{}» ещё не просмотрен.",
    "Prepare it first.": "Сначала подготовьте его.",
    "There is {} in {}.": "Вот что не так: {} в {}.",
    "no model": "нет модели",
    "several models": "несколько моделей",
    "A model's zip holds one.": "В архиве модели она одна.",
    "It is no model.": "Это не модель.",
    "The engine {} does not run on this computer.": "Движок {} на этом компьютере не работает.",
    "Set generation.engine to auto or torch.": "Задайте generation.engine: auto или torch.",
    "The cache of '{}' is damaged.": "Кэш модели «{}» повреждён.",
    "Pack it again.": "Упакуйте заново.",
    "{} holds more than {} files.": "В {} больше {} файлов.",
    "{} in {} is larger than a model's would be.": "{} в {} больше, чем бывает у модели.",
    "{} is damaged in the zip.": "{} повреждён в архиве.",
    "{} is packed in an unusual way.": "{} упакован необычным способом.",
    # The Hugging Face Hub and Spaces
    "'{}' is no address on the Hub.": "«{}» — не адрес на Hugging Face.",
    "Write owner/name or owner/name@revision.": "Напишите owner/name или owner/name@revision.",
    "There is no model of midigen in {}.": "В {} нет модели midigen.",
    "Nobody is logged in to the Hub.": "Вход на Hugging Face не выполнен.",
    "Log in with `hf auth login`, or set HF_TOKEN to a token that may write.": (
        "Войдите командой `hf auth login` или задайте HF_TOKEN с правом записи."
    ),
    "There is no such revision on the Hub: {}.": "Такой версии на Hugging Face нет: {}.",
    "The Hub shows no {}: it is not there, or your token does not reach it.": (
        "На Hugging Face не видно {}: его там нет или к нему нет доступа с вашим токеном."
    ),
    "Your token may not do this with {}.": "Вашему токену это не разрешено с {}.",
    "The Hub answered: {}": "Hugging Face ответил: {}",
    "The Hugging Face Hub cannot be reached.": "До Hugging Face не удаётся достучаться.",
    "Look at the network, and try again.": "Проверьте сеть и попробуйте ещё раз.",
    "No hardware named '{}'.": "Нет оборудования с именем «{}».",
    "A Space needs a model.": "Для Space нужна модель.",
    "Name one with --model.": "Назовите её: --model.",
    "{} holds something else: {}.": "В {} лежит что-то другое: {}.",
    "Name a new or an empty folder.": "Назовите новую или пустую папку.",
    "{} of '{}' has {} MB; a Space takes files up to {} MB.": (
        "{} модели «{}» занимает {} МБ; в Space можно класть файлы до {} МБ."
    ),
    "Choose a smaller model.": "Выберите модель поменьше.",
    # Why a file was left out, where no room raises it
    "has the same notes as another one": "те же ноты, что и в другом",
    "it is the same music as {}": "та же музыка, что и в {}",
    "not a regular file": "не обычный файл",
    "locked with a password; unpack it yourself and give the folder": (
        "закрыт паролем; распакуйте сами и укажите папку"
    ),
    "packed by an unusual method; pack it again as an ordinary zip": (
        "сжат необычным способом; упакуйте заново обычным zip"
    ),
    "a link that leads outside the folder": "ссылка, которая ведёт за пределы папки",
    "larger than {} MB (data.max_file_mb)": "больше {} МБ (data.max_file_mb)",
    "lies more than {} folders deep": "лежит глубже {} папок",
    "empty": "пусто",
    "MIDI wrapped in RIFF, which cannot be read; save it as a plain MIDI file": (
        "MIDI в обёртке RIFF, её не прочесть; сохраните как обычный MIDI-файл"
    ),
    "no MIDI inside, whatever its name says": "внутри не MIDI, что бы ни говорило имя",
    "an archive inside ({}); unpack it and import it by itself": (
        "архив внутри ({}); распакуйте его и загрузите отдельно"
    ),
    "not a MIDI file ({})": "не MIDI-файл ({})",
    "no known ending": "неизвестное окончание",
    "it crashed the reader, so it is damaged": "чтение на нём обрывается: он повреждён",
    "reading it took longer than {} s": "чтение заняло больше {} с",
    # Settings
    "{} is empty; it needs {}.": "Значение {} не задано; нужно {}.",
    "{} is {}; it must be {}.": "Значение {}: {}; нужно {}.",
    "{} is '{}'; it must be a number.": "Значение «{}»: «{}»; нужно число.",
    "one of {}": "одно из {}",
    "true or false": "true или false",
    "a whole number": "целое число",
    "a whole number, or empty": "целое число или пусто",
    "a whole number between {} and {}": "целое число от {} до {}",
    "a whole number between {} and {}, or empty": "целое число от {} до {} или пусто",
    "a whole number of at least {}": "целое число не меньше {}",
    "a whole number of at least {}, or empty": "целое число не меньше {} или пусто",
    "a number": "число",
    "a number, or empty": "число или пусто",
    "a number between {} and {}": "число от {} до {}",
    "a number between {} and {}, or empty": "число от {} до {} или пусто",
    "a number of at least {}": "число не меньше {}",
    "a number of at least {}, or empty": "число не меньше {} или пусто",
    "'{}' cannot be the name of a {}.": "Имя «{}» не подходит.",
    "Use letters, digits, '-', '_' and '.', starting with a letter or digit.": (
        "Можно буквы, цифры, «-», «_» и «.»; первой — буква или цифра."
    ),
    "{} is being worked on by another process (pid {}).": "{}: с этим работает процесс {}.",
    "Wait for it, or stop it first.": "Дождитесь его или сначала остановите.",
    # Composing
    "No model named '{}' in {}.": "Модели «{}» нет в {}.",
    "{} Train one with `python train.py`.": "{} Обучите модель на вкладке «Обучение».",
    "There is no model named '{}'.": "Модели «{}» нет.",
    "There is no data set named '{}'.": "Набора «{}» нет.",
    "The prompt {} cannot be used: {}.": "Начало {} не подходит: {}.",
    "Choose another MIDI file.": "Выберите другой MIDI-файл.",
    "The first {} bars of the prompt cannot be used: {}.": (
        "Первые такты начала ({}) не подходят: {}."
    ),
    "Choose more bars, or another prompt.": "Выберите больше тактов или другое начало.",
    "The model wrote nothing but rests.": "Модель написала одни паузы.",
    "Try another seed, or a lower temperature.": (
        "Попробуйте другое зерно или температуру пониже."
    ),
    "This model cannot write in {}.": "Эта модель не пишет в размере {}.",
    "This model has learned no style {} apart.": "Эта модель не различает стиль {}.",
    "It knows one style; leave the style out.": "Она знает один стиль; уберите выбор стиля.",
    "This visit is unknown.": "Этот визит неизвестен.",
    "This take is no longer there.": "Этого дубля больше нет.",
    "Old takes are cleared away; compose it again.": (
        "Старые дубли убираются; сочините его заново."
    ),
    "That cannot be done with a take.": "С дублем так поступить нельзя.",
    # Files of music
    "it is not a MIDI file": "это не MIDI-файл",
    "it is empty": "он пуст",
    "it holds no notes": "в нём нет нот",
    "its clock has {} ticks per quarter note": "тиков на четверть в нём {}",
    "it has {} tracks; the limit is {}": "дорожек в нём {}, а можно не больше {}",
    "it has {} notes; the limit is {}": "нот в нём {}, а можно не больше {}",
    "it has {} notes; wanted are {} to {}": "нот в нём {}, а нужно от {} до {}",
    "it lasts {} minutes; the limit is {}": "он длится {} мин, а можно не больше {}",
    "it is {} MB; the limit is {} MB": "в нём {} МБ, а можно не больше {} МБ",
    "its events lie outside the first {} quarter notes": (
        "его события лежат за пределами первых {} четвертей"
    ),
    "its notes lie outside the first {} quarter notes": (
        "его ноты лежат за пределами первых {} четвертей"
    ),
    "it cannot be read: {}": "он не читается: {}",
    "it cannot be read: there is no such file": "он не читается: его нет",
    "it is damaged: it has no track": "он повреждён: в нём нет дорожки",
    "it is a folder": "это папка",
    "it is not a regular file": "это не обычный файл",
    "it is larger than {} MB": "он больше {} МБ",
    "it is nested too deeply": "вложенность в нём слишком глубока",
    "it is no JSON: {}": "это не JSON: {}",
    "it is no text in UTF-8: byte {} is wrong": "это не текст в UTF-8: байт {} неверен",
    "it needs more than {} GB of memory": "ему нужно больше {} ГБ памяти",
    "{} is not empty.": "{} не пуста.",
    "Choose a new folder; nothing was overwritten.": (
        "Выберите новую папку; ничего не перезаписано."
    ),
    "it is damaged: a data byte is above 127": "он повреждён: байт данных больше 127",
    "it is damaged: {}": "он повреждён: {}",
    "it is damaged: {} bytes are missing": "он повреждён: не хватает {} байт",
    "it has a tempo of {} beats per minute": "темп в нём — {} ударов в минуту",
    "it has a time signature of {}/{}": "размер в нём — {}/{}",
    "it holds only drums, and tokenizer.programs does not list them": (
        "в нём только ударные, а в tokenizer.programs их нет"
    ),
    "tokenizer.programs is {}.": "tokenizer.programs: {}.",
    "Write all, families, or numbers from 0 to 127 and the word drums: 53, 0, drums.": (
        "Напишите all, families или числа от 0 до 127 и слово drums: 53, 0, drums."
    ),
    "it holds only drums, and tokenizer.use_programs is off": (
        "в нём только ударные, а tokenizer.use_programs выключен"
    ),
    "none of its notes lies in the tokenizer's pitch range": (
        "ни одна из его нот не входит в диапазон токенизатора"
    ),
    # Sound and sheet music
    "All parts are muted.": "Все партии выключены.",
    "Let one of them sound.": "Включите хотя бы одну.",
    "{} semitones cannot be transposed by.": "На {} полутонов транспонировать нельзя.",
    "Choose a whole number from -{} to {}.": "Выберите целое число от -{} до {}.",
    "{} is no tempo to play in.": "В темпе {} сыграть нельзя.",
    "Choose {} to {} quarter notes a minute.": "Выберите от {} до {} четвертей в минуту.",
    "{} is no tempo.": "{} — не темп.",
    "Write a number from {} to {}, or nothing.": "Напишите число от {} до {} или ничего.",
    "There is no instrument {}.": "Инструмента {} нет.",
    "Choose one of the list.": "Выберите из списка.",
    "{} is no volume.": "{} — не громкость.",
    "Choose 0 to {} percent.": "Выберите от 0 до {} процентов.",
    "No sound came from {}.": "Звука нет: {}.",
    "The soundfont may lack these instruments: choose another.": (
        "Возможно, в саундфонте нет этих инструментов: выберите другой."
    ),
    "This piece has no notes, so there is nothing to hear.": (
        "В этой пьесе нет нот, и слушать нечего."
    ),
    "This piece has no notes, so there is nothing to write down.": (
        "В этой пьесе нет нот, и записывать нечего."
    ),
    "This piece lasts {} minutes; only {} can be turned into sound.": (
        "Пьеса длится {} мин; в звук превращается не больше {}."
    ),
    "Cut it, or check its tempo.": "Сократите её или проверьте темп.",
    "The first bar of this piece has more than {} notes; that cannot be written down.": (
        "В первом такте пьесы больше {} нот; такое не записать."
    ),
    "This piece cannot be engraved: verovio does not read its notation.": (
        "Ноты этой пьесы не набрать: verovio не читает её запись."
    ),
    "This piece has {} tracks; FluidSynth plays {}.": (
        "Дорожек в пьесе {}; FluidSynth играет не больше {}."
    ),
    "Merge tracks, or set rendering.synth to builtin.": (
        "Объедините дорожки или задайте rendering.synth: builtin."
    ),
    "FluidSynth is not installed.": "FluidSynth не установлен.",
    "FluidSynth is installed but does not start.": "FluidSynth установлен, но не запускается.",
    "FluidSynth cannot load the soundfont {}.": "FluidSynth не может загрузить саундфонт {}.",
    "Install it with `sudo apt install libfluidsynth3` (Debian, Ubuntu), "
    "`brew install fluid-synth` (macOS) or `choco install fluidsynth` (Windows), "
    "and `pip install pyfluidsynth`; or set rendering.synth to auto.": (
        "Установите его: `sudo apt install libfluidsynth3` (Debian, Ubuntu), "
        "`brew install fluid-synth` (macOS) или `choco install fluidsynth` (Windows), "
        "и `pip install pyfluidsynth`; или задайте rendering.synth: auto."
    ),
    "No soundfont was found, so nothing can be played.": (
        "Саундфонт не найден, и сыграть ничего нельзя."
    ),
    "Put an .sf2 or .sf3 file into soundfonts/, or `pip install pretty_midi`, which brings a "
    "small one.": (
        "Положите файл .sf2 или .sf3 в soundfonts/ или выполните `pip install pretty_midi`: с ним "
        "приходит небольшой саундфонт."
    ),
    "There is no soundfont {}.": "Саундфонта {} нет.",
    "There is a soundfont {} already.": "Саундфонт {} уже есть.",
    "{} is not a soundfont.": "{} — не саундфонт.",
    "Choose a SoundFont 2 file: .sf2 or .sf3.": "Выберите файл SoundFont 2: .sf2 или .sf3.",
    "Choose it from the list, or give the file another name.": (
        "Выберите его из списка или переименуйте файл."
    ),
    "{} must be a SoundFont 2 file (.sf2 or .sf3); remove it or choose another.": (
        "{} должен быть файлом SoundFont 2 (.sf2 или .sf3); удалите его или выберите другой."
    ),
    "The soundfont {} cannot be used: {}.": "Саундфонт {} не подходит: {}.",
    "it holds no instruments": "в нём нет инструментов",
    "its tables contradict each other": "его таблицы противоречат друг другу",
    "its sound is no number": "звук выходит за пределы чисел",
    "a sample cannot be unpacked": "одну из записей не распаковать",
    "a zone has more than {} settings": "в одной зоне больше {} настроек",
    "an instrument has more than {} samples": "в одном инструменте больше {} записей",
    "Choose another, or remove it.": "Выберите другой или удалите этот.",
    "The samples of {} are compressed, which needs a library.": (
        "Записи в {} сжаты, для них нужна библиотека."
    ),
    "`pip install soundfile`, install FluidSynth, or choose an .sf2 file.": (
        "Выполните `pip install soundfile`, установите FluidSynth или выберите файл .sf2."
    ),
    "Cannot write sound as '{}'.": "В «{}» звук не записать.",
    "Name it .wav or .mp3.": "Назовите его .wav или .mp3.",
    "MP3 needs a library.": "Для MP3 нужна библиотека.",
    "`pip install lameenc`, or write .wav.": "Выполните `pip install lameenc` или пишите .wav.",
    # Data
    "No data set named '{}' in {}.": "Набора «{}» нет в {}.",
    "'{}' is no Kaggle data set.": "«{}» — не набор на Kaggle.",
    "No file was chosen.": "Файл не выбран.",
    "Choose MIDI files or a zip.": "Выберите MIDI-файлы или zip.",
    "There is no MIDI to take in '{}'.": "В «{}» нет подходящих MIDI.",
    "It is empty. MIDI files end in .mid or .midi.": (
        "Там пусто. Имена MIDI-файлов кончаются на .mid или .midi."
    ),
    "There is no file or folder '{}'.": "Файла или папки «{}» нет.",
    "{} is neither a folder, nor a zip, nor a MIDI file.": "{} — не папка, не zip и не MIDI-файл.",
    "Give bach-chorales for the built-in chorales, a Kaggle data set as owner/name (such as {}), "
    "or the path of a folder, zip or MIDI file of your own.": (
        "Укажите bach-chorales для встроенных хоралов, набор на Kaggle как автор/имя (например, "
        "{}) или путь к своей папке, zip или MIDI-файлу."
    ),
    "{} is a folder that was not imported, so it is not replaced.": (
        "{} — папка, которая не была загружена, поэтому она не заменяется."
    ),
    "Choose another name, or use it as it is.": "Выберите другое имя или берите её как есть.",
    "{} and the data set's own folder {} lie in each other.": (
        "{} и собственная папка набора {} лежат одна в другой."
    ),
    "Choose another name, or a source outside the workspace's data.": (
        "Выберите другое имя или источник вне данных студии."
    ),
    "The disk is full.": "Диск заполнен.",
    "Make room and import again.": "Освободите место и загрузите снова.",
    "{} holds {} MIDI files; the limit is {}.": "В {} MIDI-файлов {}, а можно не больше {}.",
    "Raise data.max_files or split it.": "Увеличьте data.max_files или разделите набор.",
    "There are {} files in {}; the limit is {}.": "Файлов — {} в {}; можно не больше {}.",
    "Raise data.max_files.": "Увеличьте data.max_files.",
    "There are no MIDI files in {}.": "В {} нет MIDI-файлов.",
    "Files must end in .mid or .midi, in any case.": (
        "Имена файлов должны кончаться на .mid или .midi, в любом регистре."
    ),
    "Pieces that can be used: {}, {} to train and {} to validate.{}": (
        "Пригодных пьес: {}, для обучения {}, для проверки {}.{}"
    ),
    "Pieces that can be used: {}, {} to train and {} to validate.": (
        "Пригодных пьес: {}, для обучения {}, для проверки {}."
    ),
    "Add MIDI files: at least one piece is learned from and another is held out to judge by.": (
        "Добавьте MIDI-файлы: хотя бы на одной пьесе модель учится, по другой её оценивают."
    ),
    "The split table {} says '{}'.": "В таблице деления {} написано «{}».",
    "Use train, val or test.": "Пишите train, val или test.",
    "Cannot read the split table {} ({}).": "Таблица деления {} не читается ({}).",
    "It needs the columns file and split.": "В ней нужны столбцы file и split.",
    "The token store {} holds {} bytes instead of {}.": "В хранилище токенов {} байт {}, а не {}.",
    "The token store {} is damaged ({}).": "Хранилище токенов {} повреждено ({}).",
    "Delete it; it is made anew.": "Удалите его; оно будет создано заново.",
    "{} unpacks to more than {} MB.": "{} распаковывается больше чем в {} МБ.",
    "Raise data.max_archive_mb or data.max_archive_ratio if you trust it.": (
        "Если доверяете, увеличьте data.max_archive_mb или data.max_archive_ratio."
    ),
    "A zip that escapes its folder: '{}' in {} is {}.": (
        "Этот zip выходит за пределы своей папки: «{}» в {} — {}."
    ),
    "Nothing was unpacked. Do not use this zip unless you know who made it.": (
        "Ничего не распаковано. Не пользуйтесь этим zip, если не знаете, чей он."
    ),
    "{} is no zip, or a damaged one.": "{} — не zip или повреждён.",
    "Pack it again, or give its folder.": "Запакуйте заново или укажите папку.",
    "Cannot read {}: {}.": "{} не читается: {}.",
    "The installed music21 has no corpus.": "В установленном music21 нет хоралов.",
    "pip install --force-reinstall music21": "Выполните pip install --force-reinstall music21",
    "The built-in chorales need the package {}.": "Встроенным хоралам нужен пакет {}.",
    "pip install {}": "Выполните pip install {}",
    "Kaggle cannot be reached or broke off, and there is no earlier copy of '{}'.": (
        "Kaggle не отвечает или прервал связь, а прежней копии «{}» нет."
    ),
    "Check the network or proxy; meanwhile 'bach-chorales' or a folder of your own MIDI needs "
    "none.": ("Проверьте сеть или прокси; встроенным хоралам и своей папке MIDI сеть не нужна."),
    "Kaggle knows no data set '{}'.": "Набора «{}» на Kaggle нет.",
    "Copy owner/name from the address of its page; of a folder, check the path.": (
        "Скопируйте автор/имя из адреса страницы; если это папка, проверьте путь."
    ),
    "Kaggle refused your login.": "Kaggle не принял ваш вход.",
    "The token may be old. {}": "Возможно, токен устарел. {}",
    "To log in, create a token on kaggle.com (Settings, API) and save it as ~/.kaggle/kaggle.json, "
    "or set KAGGLE_USERNAME and KAGGLE_KEY.": (
        "Чтобы войти, создайте токен на kaggle.com (Settings, API) и сохраните его как "
        "~/.kaggle/kaggle.json или задайте KAGGLE_USERNAME и KAGGLE_KEY."
    ),
    "Kaggle does not give out '{}': it is private, wants its terms accepted on its page, or does "
    "not exist.": (
        "Kaggle не отдаёт «{}»: набор закрыт, на его странице надо принять условия, или его нет."
    ),
    "Check the name. {}": "Проверьте имя. {}",
    "Kaggle cannot answer now (status {}).": "Kaggle сейчас не отвечает (код {}).",
    "{} was damaged on its way from Kaggle.": "{} повредился по дороге с Kaggle.",
    "The data set is {} MB; the limit is {} MB.": "В наборе {} МБ, а можно не больше {} МБ.",
    "Raise data.max_archive_mb if you want it.": "Если он нужен, увеличьте data.max_archive_mb.",
    "Cannot write to {}: {}.": "В {} не записать: {}.",
    "Make room, or set KAGGLEHUB_CACHE to a folder on another disk.": (
        "Освободите место или задайте KAGGLEHUB_CACHE — папку на другом диске."
    ),
    "The file kaggle.json cannot be read.": "Файл kaggle.json не читается.",
    "Delete or replace it. {}": "Удалите или замените его. {}",
    "What Kaggle sent is no archive that can be unpacked.": (
        "То, что прислал Kaggle, не распаковать."
    ),
    "Try again, or download it in a browser and import the file.": (
        "Попробуйте ещё раз или скачайте браузером и загрузите файл."
    ),
    # Runs and models
    "'{}' is training already.": "«{}» уже обучается.",
    "Stop it first, or wait for it.": "Сначала остановите его или дождитесь.",
    "The preset {} goes on from a model, and none is named.": (
        "Размер {} продолжает модель, а она не названа."
    ),
    "Choose one to start from, or another preset.": "Выберите модель или другой размер.",
    "model.{} is {}, but only a network of the type {} has it.": (
        "model.{} = {}, но это есть только у сети вида {}."
    ),
    "Leave model.{} out, or set model.type to {}.": (
        "Уберите model.{} или задайте model.type = {}."
    ),
    "model.hidden_size is {} and n_heads {}: each head of a Transformer must get an even part.": (
        "model.hidden_size = {}, n_heads = {}: каждой голове трансформера нужна чётная доля."
    ),
    "Make hidden_size a multiple of {}.": "Сделайте hidden_size кратным {}.",
    "model.n_heads is {} and n_kv_heads {}.": "model.n_heads = {}, n_kv_heads = {}.",
    "The second must divide the first.": "Первое должно делиться на второе.",
    "{} pieces cannot be compared.": "Столько пьес ({}) не сравнить.",
    "Ask for two or more, or for none.": "Попросите две или больше или ни одной.",
    "The card of '{}' names no data set.": "В карточке «{}» не назван набор.",
    "Name one with --data.": "Назовите его: --data.",
    "The data set '{}' has no {} pieces.": "В наборе «{}» нет пьес части «{}».",
    "Choose another part.": "Выберите другую часть.",
    "The run '{}' has no checkpoint to go on from.": "У запуска «{}» нет точки для продолжения.",
    "Start anew.": "Начните заново.",
    "There is a run named '{}' already.": "Запуск «{}» уже есть.",
    "Choose another name with --run, or go on with --resume.": (
        "Выберите другое имя или продолжите тот."
    ),
    "{} is not the tokenizer that '{}' was trained with.": "{} — не тот токенизатор, что у «{}».",
    "Leave it out: a model's folder has its own.": "Уберите его: у модели есть свой.",
}
