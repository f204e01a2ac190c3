<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en_GB">
<context>
    <name>AccessPage</name>
    <message>
        <source>On a machine that several people use, a PIN keeps the settings and the library to those who know it. Alerts, acknowledging them and the driver&apos;s view never ask for it.</source>
        <translation>An einem Gerät für mehrere Leute behält eine PIN die Einstellungen und die Bibliothek denen vor, die sie kennen. Alarme, ihr Bestätigen und die Fahreransicht fragen nie danach.</translation>
    </message>
    <message>
        <source>Remove the PIN</source>
        <translation>PIN entfernen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Who has forgotten it deletes the file {0}.</source>
        <translation>Wer sie vergessen hat, löscht die Datei {0}.</translation>
    </message>
    <message>
        <source>A PIN is set.</source>
        <translation>Es ist eine PIN gesetzt.</translation>
    </message>
    <message>
        <source>No PIN is set.</source>
        <translation>Es ist keine PIN gesetzt.</translation>
    </message>
    <message>
        <source>Change the PIN…</source>
        <translation>PIN ändern…</translation>
    </message>
    <message>
        <source>Set a PIN…</source>
        <translation>PIN setzen…</translation>
    </message>
    <message>
        <source>{0} to {1} digits</source>
        <translation>{0} bis {1} Ziffern</translation>
    </message>
    <message>
        <source>New PIN</source>
        <translation>Neue PIN</translation>
    </message>
    <message>
        <source>The same PIN again</source>
        <translation>Dieselbe PIN noch einmal</translation>
    </message>
    <message>
        <source>These two were not the same: begin again.</source>
        <translation>Diese beiden waren nicht gleich: von vorn.</translation>
    </message>
</context>
<context>
    <name>Activity</name>
    <message>
        <source>Current activity: {0}</source>
        <translation>Aktuelle Tätigkeit: {0}</translation>
    </message>
    <message>
        <source>now: {0}</source>
        <translation>jetzt: {0}</translation>
    </message>
    <message>
        <source>No image yet</source>
        <translation>Noch kein Bild</translation>
    </message>
    <message>
        <source>nothing is classified</source>
        <translation>nichts wird klassifiziert</translation>
    </message>
    <message>
        <source>Not classified</source>
        <translation>Nicht klassifiziert</translation>
    </message>
    <message>
        <source>the drive has ended</source>
        <translation>die Fahrt ist zu Ende</translation>
    </message>
    <message>
        <source>the camera is blind</source>
        <translation>die Kamera sieht nichts</translation>
    </message>
    <message>
        <source>Unsure</source>
        <translation>Unsicher</translation>
    </message>
    <message>
        <source>{0} % at best</source>
        <translation>höchstens {0} %</translation>
    </message>
    <message>
        <source>{0} % confident</source>
        <translation>{0} % sicher</translation>
    </message>
</context>
<context>
    <name>AlertsPage</name>
    <message>
        <source>Own settings</source>
        <translation>Eigene Einstellungen</translation>
    </message>
    <message>
        <source>Changed by hand, setting by setting.</source>
        <translation>Von Hand geändert, Wert für Wert.</translation>
    </message>
    <message>
        <source>How early alerts come</source>
        <translation>Wie früh Alarme kommen</translation>
    </message>
    <message>
        <source>This one does not go with what is locked, or changes nothing.</source>
        <translation>Dies passt nicht zu dem, was gesperrt ist, oder ändert nichts.</translation>
    </message>
    <message>
        <source>Reset all</source>
        <translation>Alles zurücksetzen</translation>
    </message>
    <message>
        <source>Apply</source>
        <translation>Übernehmen</translation>
    </message>
    <message>
        <source>Hear this alert</source>
        <translation>Diesen Alarm anhören</translation>
    </message>
    <message>
        <source>The administrator has locked what has a lock below, in {0}. It cannot be changed here.</source>
        <translation>Was unten ein Schloss hat, hat der Administrator gesperrt, in {0}. Hier lässt es sich nicht ändern.</translation>
    </message>
    <message>
        <source>Hear this alert: {0}</source>
        <translation>Diesen Alarm anhören: {0}</translation>
    </message>
    <message>
        <source>These do not fit together: {0}</source>
        <translation>Das passt nicht zusammen: {0}</translation>
    </message>
    <message>
        <source>Not applied yet.</source>
        <translation>Noch nicht übernommen.</translation>
    </message>
    <message>
        <source>Saved in {0}</source>
        <translation>Gespeichert in {0}</translation>
    </message>
</context>
<context>
    <name>AppearancePage</name>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Night red</source>
        <translation>Nachtrot</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>Farben</translation>
    </message>
    <message>
        <source>Text size</source>
        <translation>Schriftgröße</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>Tempo</translation>
    </message>
    <message>
        <source>Alerts make a sound</source>
        <translation>Alarme sind zu hören</translation>
    </message>
    <message>
        <source>Sound</source>
        <translation>Ton</translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message>
        <source>distracted</source>
        <translation>abgelenkt</translation>
    </message>
</context>
<context>
    <name>Bars</name>
    <message>
        <source>Probability of each activity</source>
        <translation>Wahrscheinlichkeit jeder Tätigkeit</translation>
    </message>
    <message>
        <source>Bar: smoothed, as the alerts see it. Tick: the latest frame alone.</source>
        <translation>Balken: geglättet, wie die Alarme es sehen. Strich: nur das letzte Bild.</translation>
    </message>
</context>
<context>
    <name>CameraPage</name>
    <message>
        <source>The network sees this:</source>
        <translation>Das sieht das Netz:</translation>
    </message>
    <message>
        <source>Right-hand drive: mirrored</source>
        <translation>Rechtslenker: gespiegelt</translation>
    </message>
    <message>
        <source>Full image</source>
        <translation>Ganzes Bild</translation>
    </message>
    <message>
        <source>Camera default</source>
        <translation>Vorgabe der Kamera</translation>
    </message>
    <message>
        <source>Resolution of the camera</source>
        <translation>Auflösung der Kamera</translation>
    </message>
    <message>
        <source>Check the view</source>
        <translation>Sicht prüfen</translation>
    </message>
    <message>
        <source>How far the check of the view is</source>
        <translation>Wie weit die Prüfung der Sicht ist</translation>
    </message>
    <message>
        <source>Saved in {0}</source>
        <translation>Gespeichert in {0}</translation>
    </message>
    <message>
        <source>Locked by the administrator: {0}</source>
        <translation>Vom Administrator gesperrt: {0}</translation>
    </message>
    <message>
        <source>1  Mount the camera</source>
        <translation>1  Kamera anbringen</translation>
    </message>
    <message>
        <source>On the passenger&apos;s side, at the height of the driver&apos;s shoulder, looking at the driver&apos;s profile: head, both hands, steering wheel and lap are in the image, as in the outline.</source>
        <translation>Auf der Beifahrerseite, in Schulterhöhe des Fahrers, mit Blick auf sein Profil: Kopf, beide Hände, Lenkrad und Schoß sind im Bild, wie im Umriss.</translation>
    </message>
    <message>
        <source>2  Draw a box around the driver</source>
        <translation>2  Rahmen um den Fahrer ziehen</translation>
    </message>
    <message>
        <source>Drag it over the image, from head to knees, steering wheel included.</source>
        <translation>Über dem Bild aufziehen, vom Kopf bis zu den Knien, mit dem Lenkrad.</translation>
    </message>
    <message>
        <source>3  Check the view</source>
        <translation>3  Sicht prüfen</translation>
    </message>
    <message>
        <source>Drive, or sit as if you did, for a few seconds; move a little.</source>
        <translation>Einige Sekunden fahren oder so dasitzen, als führe man; sich ein wenig bewegen.</translation>
    </message>
    <message>
        <source>Looking …</source>
        <translation>Sieht hin …</translation>
    </message>
    <message>
        <source>Comparing with the mirrored image …</source>
        <translation>Vergleicht mit dem gespiegelten Bild …</translation>
    </message>
    <message>
        <source>The view is fine.</source>
        <translation>Die Sicht ist gut.</translation>
    </message>
    <message>
        <source>Choose a camera…</source>
        <translation>Kamera wählen…</translation>
    </message>
    <message>
        <source>Choose another source</source>
        <translation>Andere Quelle wählen</translation>
    </message>
    <message>
        <source>Turn alerts on</source>
        <translation>Alarme einschalten</translation>
    </message>
    <message>
        <source>Turn alerts on without a check</source>
        <translation>Alarme ohne Prüfung einschalten</translation>
    </message>
</context>
<context>
    <name>DriveView</name>
    <message>
        <source>Image</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>Probabilities</source>
        <translation>Tätigkeiten</translation>
    </message>
    <message>
        <source>Events</source>
        <translation>Ereignisse</translation>
    </message>
    <message>
        <source>Timeline</source>
        <translation>Zeitleiste</translation>
    </message>
    <message>
        <source>What is shown</source>
        <translation>Was gezeigt wird</translation>
    </message>
    <message>
        <source>Export the events as CSV or JSON lines</source>
        <translation>Ereignisse als CSV oder JSON-Zeilen exportieren</translation>
    </message>
    <message>
        <source>No drive is watched: choose a source ({0}). Its incidents are listed here.</source>
        <translation>Keine Fahrt wird überwacht: eine Quelle wählen ({0}). Ihre Vorfälle stehen dann hier.</translation>
    </message>
    <message>
        <source>Alerts are off: check the camera&apos;s view. Incidents are listed from then on.</source>
        <translation>Alarme sind aus: die Sicht der Kamera prüfen. Von da an stehen Vorfälle hier.</translation>
    </message>
    <message>
        <source>No incidents yet. A click on one will show its clip, to review it.</source>
        <translation>Noch keine Vorfälle. Ein Klick auf einen zeigt seinen Clip, um ihn zu bewerten.</translation>
    </message>
    <message>
        <source>The driver is</source>
        <translation>Der Fahrer</translation>
    </message>
</context>
<context>
    <name>DriverView</name>
    <message>
        <source>Drive {0}</source>
        <translation>Fahrt {0}</translation>
    </message>
    <message>
        <source>Snoozed: {0}</source>
        <translation>Stumm: {0}</translation>
    </message>
    <message>
        <source>Acknowledge</source>
        <translation>Bestätigen</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>Nicht jetzt</translation>
    </message>
    <message>
        <source>Take back</source>
        <translation>Zurücknehmen</translation>
    </message>
    <message>
        <source>No caution on this journey</source>
        <translation>Fahrt ohne „Achtung“</translation>
    </message>
    <message>
        <source>No warning on this journey</source>
        <translation>Fahrt ohne Warnung</translation>
    </message>
</context>
<context>
    <name>EnginePage</name>
    <message>
        <source>the bundle that is shipped</source>
        <translation>das mitgelieferte Paket</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>Durchsuchen…</translation>
    </message>
    <message>
        <source>Runtime</source>
        <translation>Laufzeitumgebung</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>Genauigkeit</translation>
    </message>
    <message>
        <source>Frames classified</source>
        <translation>Klassifizierte Bilder</translation>
    </message>
    <message>
        <source>Fewer camera frames while nothing changes</source>
        <translation>Weniger Bilder, solange sich nichts ändert</translation>
    </message>
    <message>
        <source>Use this engine</source>
        <translation>Dieses Netz verwenden</translation>
    </message>
    <message>
        <source>Measure its speed</source>
        <translation>Geschwindigkeit messen</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Stoppen</translation>
    </message>
    <message>
        <source>Bundle</source>
        <translation>Paket</translation>
    </message>
    <message>
        <source>running the demo drive</source>
        <translation>die Demofahrt läuft</translation>
    </message>
    <message>
        <source>How far the measurement is</source>
        <translation>Wie weit die Messung ist</translation>
    </message>
    <message>
        <source>The folder of a bundle</source>
        <translation>Der Ordner eines Pakets</translation>
    </message>
    <message>
        <source>Checking the bundle …</source>
        <translation>Das Paket wird geprüft …</translation>
    </message>
    <message>
        <source>In use from now on.</source>
        <translation>Ab jetzt in Gebrauch.</translation>
    </message>
    <message>
        <source>Stopping …</source>
        <translation>Stoppt …</translation>
    </message>
    <message>
        <source>the best that works here</source>
        <translation>die beste, die hier geht</translation>
    </message>
    <message>
        <source>all that the machine can</source>
        <translation>so viele, wie das Gerät schafft</translation>
    </message>
    <message>
        <source>{0} a second at most</source>
        <translation>höchstens {0} je Sekunde</translation>
    </message>
    <message>
        <source>{0}: {1} frames a second, on {2} frames of the demo drive as it runs here.</source>
        <translation>{0}: {1} Bilder in der Sekunde, an {2} Bildern der Demofahrt, wie sie hier läuft.</translation>
    </message>
    <message>
        <source>median</source>
        <translation>Median</translation>
    </message>
</context>
<context>
    <name>Event</name>
    <message>
        <source>Health</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Acknowledged</source>
        <translation>Bestätigt</translation>
    </message>
    <message>
        <source>Cleared</source>
        <translation>Beendet</translation>
    </message>
    <message>
        <source>Snoozed</source>
        <translation>Stumm</translation>
    </message>
    <message>
        <source>Camera and model are fine again</source>
        <translation>Kamera und Modell sind wieder in Ordnung</translation>
    </message>
    <message>
        <source>Distraction</source>
        <translation>Ablenkung</translation>
    </message>
    <message>
        <source>the driver is assessed again</source>
        <translation>der Fahrer wird wieder beurteilt</translation>
    </message>
    <message>
        <source>a note</source>
        <translation>eine Notiz</translation>
    </message>
    <message>
        <source>the review “{0}”</source>
        <translation>die Bewertung „{0}“</translation>
    </message>
</context>
<context>
    <name>EventList</name>
    <message>
        <source>Events</source>
        <translation>Ereignisse</translation>
    </message>
</context>
<context>
    <name>EventReview</name>
    <message>
        <source>The seconds before the event</source>
        <translation>Die Sekunden vor dem Ereignis</translation>
    </message>
    <message>
        <source>There is no image of it</source>
        <translation>Davon gibt es kein Bild</translation>
    </message>
    <message>
        <source>Event review</source>
        <translation>Bewertung des Ereignisses</translation>
    </message>
    <message>
        <source>True alert</source>
        <translation>Richtiger Alarm</translation>
    </message>
    <message>
        <source>False alert</source>
        <translation>Fehlalarm</translation>
    </message>
    <message>
        <source>Unclear</source>
        <translation>Unklar</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Notiz</translation>
    </message>
    <message>
        <source>Open in the replay</source>
        <translation>In der Wiedergabe öffnen</translation>
    </message>
    <message>
        <source>Save as a case…</source>
        <translation>Als Fall speichern…</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>The driver had been distracted for {0} s.</source>
        <translation>Der Fahrer war seit {0} s abgelenkt.</translation>
    </message>
    <message>
        <source>Save as a case</source>
        <translation>Als Fall speichern</translation>
    </message>
    <message>
        <source>Zip (*.zip)</source>
        <translation>Zip (*.zip)</translation>
    </message>
</context>
<context>
    <name>Export</name>
    <message>
        <source>Table (*.csv)</source>
        <translation>Tabelle (*.csv)</translation>
    </message>
    <message>
        <source>JSON lines (*.jsonl)</source>
        <translation>JSON-Zeilen (*.jsonl)</translation>
    </message>
    <message>
        <source>Export the events</source>
        <translation>Ereignisse exportieren</translation>
    </message>
</context>
<context>
    <name>Gauges</name>
    <message>
        <source>Awareness unknown</source>
        <translation>Wachheit unbekannt</translation>
    </message>
    <message>
        <source>too slow for alerts</source>
        <translation>zu langsam für Alarme</translation>
    </message>
    <message>
        <source>rules for low speed</source>
        <translation>Regeln für langsame Fahrt</translation>
    </message>
    <message>
        <source>rules for high speed</source>
        <translation>Regeln für schnelle Fahrt</translation>
    </message>
    <message>
        <source>Awareness: how much is left until a critical alert. Speed: which rules hold.</source>
        <translation>Wachheit: wie viel bis zum kritischen Alarm bleibt. Tempo: welche Regeln gelten.</translation>
    </message>
    <message>
        <source>Awareness {0} %</source>
        <translation>Wachheit {0} %</translation>
    </message>
    <message>
        <source>Awareness and speed</source>
        <translation>Wachheit und Tempo</translation>
    </message>
    <message>
        <source>Awareness</source>
        <translation>Wachheit</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>Tempo</translation>
    </message>
    <message>
        <source>no speed signal</source>
        <translation>kein Temposignal</translation>
    </message>
</context>
<context>
    <name>Header</name>
    <message>
        <source>Drive</source>
        <translation>Fahrt</translation>
    </message>
    <message>
        <source>Replay</source>
        <translation>Wiedergabe</translation>
    </message>
    <message>
        <source>Library</source>
        <translation>Bibliothek</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Views</source>
        <translation>Ansichten</translation>
    </message>
    <message>
        <source>Start again</source>
        <translation>Von vorn</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>End the drive</source>
        <translation>Fahrt beenden</translation>
    </message>
    <message>
        <source>Show what the network looks at</source>
        <translation>Zeigen, worauf das Netz achtet</translation>
    </message>
    <message>
        <source>What is drawn over the image</source>
        <translation>Was über das Bild gezeichnet wird</translation>
    </message>
    <message>
        <source>Mute</source>
        <translation>Ton aus</translation>
    </message>
    <message>
        <source>Driver&apos;s view</source>
        <translation>Fahreransicht</translation>
    </message>
    <message>
        <source>Full screen</source>
        <translation>Vollbild</translation>
    </message>
    <message>
        <source>All that can be done here; {0} lists the keys</source>
        <translation>Alles, was hier möglich ist; {0} zeigt die Tasten</translation>
    </message>
    <message>
        <source>Menu</source>
        <translation>Menü</translation>
    </message>
    <message>
        <source>Attended regions</source>
        <translation>Beachtete Regionen</translation>
    </message>
    <message>
        <source>Attention as heat</source>
        <translation>Aufmerksamkeit als Wärmebild</translation>
    </message>
    <message>
        <source>Keypoints</source>
        <translation>Merkmalspunkte</translation>
    </message>
    <message>
        <source>Choose a source</source>
        <translation>Quelle wählen</translation>
    </message>
    <message>
        <source>Choose another source</source>
        <translation>Andere Quelle wählen</translation>
    </message>
    <message>
        <source>Source: {0}. Choose another</source>
        <translation>Quelle: {0}. Eine andere wählen</translation>
    </message>
    <message>
        <source>Play again</source>
        <translation>Noch einmal</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>No sound: this machine has no audio output</source>
        <translation>Kein Ton: dieses Gerät hat keine Tonausgabe</translation>
    </message>
    <message>
        <source>Sound on</source>
        <translation>Ton ein</translation>
    </message>
</context>
<context>
    <name>Keys</name>
    <message>
        <source>Keys</source>
        <translation>Tasten</translation>
    </message>
    <message>
        <source>All of it is in the menu, too, and stands in the tooltips of buttons.</source>
        <translation>All das steht auch im Menü und in den Hinweisen der Schaltflächen.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>Labelling</name>
    <message>
        <source>The driver does this from here on; again: up to here ({0})</source>
        <translation>Das tut der Fahrer ab hier; noch einmal: bis hier ({0})</translation>
    </message>
    <message>
        <source>Open a drive to label it.</source>
        <translation>Eine Fahrt öffnen, um sie zu labeln.</translation>
    </message>
    <message>
        <source>{0} from {1} on: {2} ends it, {3} discards it.</source>
        <translation>{0} ab {1}: {2} beendet, {3} verwirft.</translation>
    </message>
    <message>
        <source>Keys 0 to 9 begin a label here; every change is saved in {0}.</source>
        <translation>Tasten 0 bis 9 beginnen hier ein Label; jede Änderung wird in {0} gespeichert.</translation>
    </message>
    <message>
        <source>No labels yet: keys 0 to 9 begin one here, {1} loads a file; they are saved in {0}.</source>
        <translation>Noch keine Labels: Tasten 0 bis 9 beginnen hier eines, {1} lädt eine Datei; gespeichert werden sie in {0}.</translation>
    </message>
</context>
<context>
    <name>Library</name>
    <message>
        <source>Changed in another view: {0}.</source>
        <translation>In einer anderen Ansicht geändert: {0}.</translation>
    </message>
    <message>
        <source>What was changed last is behind the PIN: open the library, and try again there.</source>
        <translation>Was zuletzt geändert wurde, liegt hinter der PIN: die Bibliothek öffnen und es dort noch einmal versuchen.</translation>
    </message>
    <message>
        <source>The case is written: {0}. It shows a person: look through it before you send it.</source>
        <translation>Der Fall ist geschrieben: {0}. Er zeigt einen Menschen: vor dem Senden durchsehen.</translation>
    </message>
    <message>
        <source>To review</source>
        <translation>Zu bewerten</translation>
    </message>
    <message>
        <source>incidents nobody has reviewed: {0}</source>
        <translation>unbewertete Vorfälle: {0}</translation>
    </message>
    <message>
        <source>not ended</source>
        <translation>nicht beendet</translation>
    </message>
    <message>
        <source>to review: {0} of {1}</source>
        <translation>zu bewerten: {0} von {1}</translation>
    </message>
    <message>
        <source>incidents: {0}</source>
        <translation>Vorfälle: {0}</translation>
    </message>
    <message>
        <source>Drives</source>
        <translation>Fahrten</translation>
    </message>
    <message>
        <source>True</source>
        <translation>Richtig</translation>
    </message>
    <message>
        <source>False</source>
        <translation>Falsch</translation>
    </message>
    <message>
        <source>Unclear</source>
        <translation>Unklar</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Notiz</translation>
    </message>
    <message>
        <source>Replay</source>
        <translation>Wiedergeben</translation>
    </message>
    <message>
        <source>Keep: it stays, however old it becomes</source>
        <translation>Behalten: er bleibt, wie alt er auch wird</translation>
    </message>
    <message>
        <source>Save as a case…</source>
        <translation>Als Fall speichern…</translation>
    </message>
    <message>
        <source>One zip to send to somebody: images, journal, settings, versions</source>
        <translation>Ein Zip zum Verschicken: Bilder, Protokoll, Einstellungen, Versionen</translation>
    </message>
    <message>
        <source>No incident is chosen</source>
        <translation>Kein Vorfall gewählt</translation>
    </message>
    <message>
        <source>{0}: no images are kept of it</source>
        <translation>{0}: davon sind keine Bilder aufbewahrt</translation>
    </message>
    <message>
        <source>Who drives?</source>
        <translation>Wer fährt?</translation>
    </message>
    <message>
        <source>Driver</source>
        <translation>Fahrer</translation>
    </message>
    <message>
        <source>Forget this drive…</source>
        <translation>Fahrt löschen…</translation>
    </message>
    <message>
        <source>What would higher thresholds change?</source>
        <translation>Was änderten höhere Schwellen?</translation>
    </message>
    <message>
        <source>Use this threshold</source>
        <translation>Diese Schwelle verwenden</translation>
    </message>
    <message>
        <source>Incidents</source>
        <translation>Vorfälle</translation>
    </message>
    <message>
        <source>Review</source>
        <translation>Bewertung</translation>
    </message>
    <message>
        <source>What is shown</source>
        <translation>Was gezeigt wird</translation>
    </message>
    <message>
        <source>Forget this drive?</source>
        <translation>Diese Fahrt löschen?</translation>
    </message>
    <message>
        <source>Its incidents and their images are deleted. A recording itself stays.</source>
        <translation>Ihre Vorfälle und deren Bilder werden gelöscht. Eine Aufnahme selbst bleibt.</translation>
    </message>
    <message>
        <source>Drives of cameras and streams are kept here, and with --store recordings, too. There is none yet.</source>
        <translation>Hier liegen Fahrten von Kameras und Streams, mit --store auch Aufnahmen. Noch gibt es keine.</translation>
    </message>
    <message>
        <source>Trying thresholds on the marked drives…</source>
        <translation>Schwellen werden an den bewerteten Fahrten probiert…</translation>
    </message>
    <message>
        <source>No alert of the marked drives is marked as false.</source>
        <translation>Kein Alarm der bewerteten Fahrten gilt als Fehlalarm.</translation>
    </message>
    <message>
        <source>Marked incidents of cameras that this network has not seen: {0}</source>
        <translation>Bewertete Vorfälle von Kameras, die dieses Netz nicht gesehen hat: {0}</translation>
    </message>
    <message>
        <source>Reading the library…</source>
        <translation>Die Bibliothek wird gelesen…</translation>
    </message>
    <message>
        <source>This drive had no incident.</source>
        <translation>Diese Fahrt hatte keinen Vorfall.</translation>
    </message>
    <message>
        <source>Everything is reviewed. Choose a drive to look at its incidents again.</source>
        <translation>Alles ist bewertet. Eine Fahrt wählen, um ihre Vorfälle wieder anzusehen.</translation>
    </message>
    <message>
        <source>Save {0} as a case</source>
        <translation>{0} als Fall speichern</translation>
    </message>
    <message>
        <source>Zip (*.zip)</source>
        <translation>Zip (*.zip)</translation>
    </message>
    <message>
        <source>Stop trying thresholds</source>
        <translation>Stoppen, ohne weiter zu probieren</translation>
    </message>
    <message>
        <source>Use {0} for {1}</source>
        <translation>{0} für {1} verwenden</translation>
    </message>
    <message>
        <source>From the next drive on, {0} needs {1}. Settings takes it back.</source>
        <translation>Ab der nächsten Fahrt braucht {0} {1}. In den Einstellungen lässt es sich zurücknehmen.</translation>
    </message>
    <message>
        <source>With these marks, a threshold of {0} for {1} would remove {2} of {3} false alerts and cost {4} of {5} detections.</source>
        <translation>Nach diesen Bewertungen nähme eine Schwelle von {0} für {1} {2} von {3} Fehlalarmen weg und kostete {4} von {5} Erkennungen.</translation>
    </message>
    <message>
        <source>No higher threshold would remove a false alert.</source>
        <translation>Keine höhere Schwelle nähme einen Fehlalarm weg.</translation>
    </message>
    <message>
        <source>Marked recordings to open in Replay first: {0}</source>
        <translation>Bewertete Aufnahmen, die erst in der Wiedergabe zu öffnen sind: {0}</translation>
    </message>
</context>
<context>
    <name>LiveView</name>
    <message>
        <source>Live view</source>
        <translation>Bild der Kamera</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>Angehalten</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>Live</translation>
    </message>
</context>
<context>
    <name>MountEditor</name>
    <message>
        <source>The box around the driver</source>
        <translation>Der Rahmen um den Fahrer</translation>
    </message>
    <message>
        <source>Drag a box; arrow keys move it, with Shift they change its size</source>
        <translation>Einen Rahmen aufziehen; Pfeiltasten verschieben ihn, mit Umschalt ändern sie die Größe</translation>
    </message>
    <message>
        <source>No image yet: choose a camera</source>
        <translation>Noch kein Bild: eine Kamera wählen</translation>
    </message>
</context>
<context>
    <name>Notices</name>
    <message>
        <source>Dismiss the notices</source>
        <translation>Hinweise ausblenden</translation>
    </message>
    <message>
        <source>({0} notices)</source>
        <translation>({0} Hinweise)</translation>
    </message>
    <message>
        <source>Notice: {0}</source>
        <translation>Hinweis: {0}</translation>
    </message>
</context>
<context>
    <name>OpenLabel</name>
    <message>
        <source>Back to it</source>
        <translation>Zurück dorthin</translation>
    </message>
    <message>
        <source>End it</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>Discard it</source>
        <translation>Verwerfen</translation>
    </message>
    <message>
        <source>Nothing is saved of it ({0} in the replay)</source>
        <translation>Nichts davon wird gespeichert ({0} in der Wiedergabe)</translation>
    </message>
    <message>
        <source>A label is open: {0} from {1} on</source>
        <translation>Ein Label ist offen: {0} ab {1}</translation>
    </message>
    <message>
        <source>It ends at {0}, where the replay is ({1} there)</source>
        <translation>Es endet bei {0}, wo die Wiedergabe steht (dort {1})</translation>
    </message>
</context>
<context>
    <name>PinGate</name>
    <message>
        <source>Enter the PIN</source>
        <translation>PIN eingeben</translation>
    </message>
    <message>
        <source>This PIN is wrong.</source>
        <translation>Diese PIN ist falsch.</translation>
    </message>
    <message>
        <source>Too many wrong PINs: wait {0} s.</source>
        <translation>Zu viele falsche PINs: {0} s warten.</translation>
    </message>
</context>
<context>
    <name>PinPad</name>
    <message>
        <source>PIN</source>
        <translation>PIN</translation>
    </message>
    <message>
        <source>Erase the last digit</source>
        <translation>Letzte Ziffer löschen</translation>
    </message>
    <message>
        <source>Enter</source>
        <translation>Eingeben</translation>
    </message>
</context>
<context>
    <name>PolicyForm</name>
    <message>
        <source>{0}: back to the default</source>
        <translation>{0}: zurück zur Vorgabe</translation>
    </message>
    <message>
        <source>Locked by the administrator</source>
        <translation>Vom Administrator gesperrt</translation>
    </message>
    <message>
        <source>When alerts come</source>
        <translation>Wann Alarme kommen</translation>
    </message>
    <message>
        <source>No speed signal is set up: the times for high speed always hold.</source>
        <translation>Es ist kein Temposignal eingerichtet: die Zeiten für hohes Tempo gelten immer.</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>Tempo</translation>
    </message>
    <message>
        <source>What the driver may do</source>
        <translation>Was der Fahrer darf</translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation>Erweitert</translation>
    </message>
    <message>
        <source>Signal processing and camera health</source>
        <translation>Signalverarbeitung und Zustand der Kamera</translation>
    </message>
    <message>
        <source>Signal processing</source>
        <translation>Signalverarbeitung</translation>
    </message>
    <message>
        <source>Camera health</source>
        <translation>Zustand der Kamera</translation>
    </message>
    <message>
        <source>Car</source>
        <translation>Auto</translation>
    </message>
    <message>
        <source>“{0}”</source>
        <translation>„{0}“</translation>
    </message>
</context>
<context>
    <name>Recording</name>
    <message>
        <source>Nothing</source>
        <translation>Nichts</translation>
    </message>
    <message>
        <source>Incidents</source>
        <translation>Vorfälle</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>Alles</translation>
    </message>
    <message>
        <source>No video is kept. The driver is alerted all the same.</source>
        <translation>Kein Video wird aufbewahrt. Der Fahrer wird trotzdem alarmiert.</translation>
    </message>
    <message>
        <source>Video from 5 s before each incident to 5 s after it.</source>
        <translation>Video von 5 s vor jedem Vorfall bis 5 s danach.</translation>
    </message>
    <message>
        <source>Video of the whole drive, and of each incident.</source>
        <translation>Video der ganzen Fahrt und von jedem Vorfall.</translation>
    </message>
    <message>
        <source>What is recorded</source>
        <translation>Was aufgezeichnet wird</translation>
    </message>
    <message>
        <source>Nothing of a drive is kept here, no image and no figure (closed loop).</source>
        <translation>Von einer Fahrt wird hier nichts aufbewahrt, kein Bild und keine Zahl (geschlossenes System).</translation>
    </message>
    <message>
        <source>Nothing can be recorded, since no store keeps the drives (--store).</source>
        <translation>Nichts kann aufgezeichnet werden, da kein Speicher die Fahrten aufbewahrt (--store).</translation>
    </message>
    <message>
        <source>What is recorded of drives with a camera. It stays on this machine.</source>
        <translation>Was von Fahrten mit einer Kamera aufgezeichnet wird. Es bleibt auf diesem Gerät.</translation>
    </message>
    <message>
        <source>Locked by the administrator: {0}</source>
        <translation>Vom Administrator gesperrt: {0}</translation>
    </message>
    <message>
        <source>What may be recorded on this machine? Nothing is until you choose.</source>
        <translation>Was darf auf diesem Gerät aufgezeichnet werden? Bis zur Wahl nichts.</translation>
    </message>
</context>
<context>
    <name>Regions</name>
    <message>
        <source>Region {0}</source>
        <translation>Region {0}</translation>
    </message>
    <message>
        <source>Regions {0} + {1}</source>
        <translation>Regionen {0} + {1}</translation>
    </message>
    <message>
        <source>head</source>
        <translation>Kopf</translation>
    </message>
    <message>
        <source>right hand</source>
        <translation>rechte Hand</translation>
    </message>
    <message>
        <source>left hand</source>
        <translation>linke Hand</translation>
    </message>
</context>
<context>
    <name>Replay</name>
    <message>
        <source>no label</source>
        <translation>kein Label</translation>
    </message>
    <message>
        <source>no prediction</source>
        <translation>keine Vorhersage</translation>
    </message>
    <message>
        <source>Label</source>
        <translation>Label</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Netz</translation>
    </message>
    <message>
        <source>{0}. New labels go to {1}.</source>
        <translation>{0}. Neue Labels werden in {1} gespeichert.</translation>
    </message>
    <message>
        <source>There is no further incident.</source>
        <translation>Es gibt keinen weiteren Vorfall.</translation>
    </message>
    <message>
        <source>There is no further incident in what has been analysed so far.</source>
        <translation>In dem, was bisher ausgewertet ist, gibt es keinen weiteren Vorfall.</translation>
    </message>
    <message>
        <source>Changed in another view: {0}.</source>
        <translation>In einer anderen Ansicht geändert: {0}.</translation>
    </message>
    <message>
        <source>labels of another file</source>
        <translation>Labels einer anderen Datei</translation>
    </message>
    <message>
        <source>a label</source>
        <translation>ein Label</translation>
    </message>
    <message>
        <source>The label {0} from {1} on was not ended, and is not saved.</source>
        <translation>Das Label {0} ab {1} wurde nicht beendet und ist nicht gespeichert.</translation>
    </message>
    <message>
        <source>There is no incident up to here that could be reviewed.</source>
        <translation>Bis hier gibt es keinen Vorfall, der bewertet werden könnte.</translation>
    </message>
    <message>
        <source>Analysing the drive</source>
        <translation>Wertet die Fahrt aus</translation>
    </message>
    <message>
        <source>The report is written: {0}</source>
        <translation>Der Bericht ist geschrieben: {0}</translation>
    </message>
    <message>
        <source>Writing the report</source>
        <translation>Schreibt den Bericht</translation>
    </message>
    <message>
        <source>Detected: {0} of {1} · missed: {2} · false: {3}</source>
        <translation>Erkannt: {0} von {1} · versäumt: {2} · falsch: {3}</translation>
    </message>
    <message>
        <source>Attention under an alert beyond the clearing time: {0} s ({1} s an hour, {2} % of it; {3} s in all)</source>
        <translation>Aufmerksam unter einem Alarm, länger als bis zur Entwarnung: {0} s ({1} s je Stunde, {2} % davon; {3} s insgesamt)</translation>
    </message>
    <message>
        <source>The network agrees with {0} % of the labelled frames.</source>
        <translation>Das Netz stimmt mit {0} % der gelabelten Bilder überein.</translation>
    </message>
</context>
<context>
    <name>ReplayTimeline</name>
    <message>
        <source>Timeline of the whole drive</source>
        <translation>Zeitleiste der ganzen Fahrt</translation>
    </message>
</context>
<context>
    <name>ReplayView</name>
    <message>
        <source>Labelling, probabilities and incidents</source>
        <translation>Labeln, Tätigkeiten und Vorfälle</translation>
    </message>
    <message>
        <source>Back to the drive</source>
        <translation>Zurück zur Fahrt</translation>
    </message>
    <message>
        <source>Labelling</source>
        <translation>Labeln</translation>
    </message>
    <message>
        <source>Probabilities</source>
        <translation>Tätigkeiten</translation>
    </message>
    <message>
        <source>Incidents</source>
        <translation>Vorfälle</translation>
    </message>
    <message>
        <source>What is shown</source>
        <translation>Was gezeigt wird</translation>
    </message>
    <message>
        <source>Open a drive…</source>
        <translation>Fahrt öffnen…</translation>
    </message>
    <message>
        <source>Labels of another file…</source>
        <translation>Labels laden…</translation>
    </message>
    <message>
        <source>Export the report…</source>
        <translation>Bericht exportieren…</translation>
    </message>
    <message>
        <source>How far the work in the background is</source>
        <translation>Wie weit die Arbeit im Hintergrund ist</translation>
    </message>
    <message>
        <source>Stop; what was analysed is saved</source>
        <translation>Stoppen; was ausgewertet ist, bleibt gespeichert</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>Wiederholen</translation>
    </message>
    <message>
        <source>Open a drive</source>
        <translation>Fahrt öffnen</translation>
    </message>
    <message>
        <source>Labels (*.csv *.json)</source>
        <translation>Labels (*.csv *.json)</translation>
    </message>
    <message>
        <source>Open labels</source>
        <translation>Labels öffnen</translation>
    </message>
    <message>
        <source>The folder of the report</source>
        <translation>Der Ordner des Berichts</translation>
    </message>
    <message>
        <source>Open a drive: its incidents are listed here.</source>
        <translation>Eine Fahrt öffnen: ihre Vorfälle stehen dann hier.</translation>
    </message>
    <message>
        <source>There is no incident in this drive.</source>
        <translation>In dieser Fahrt gibt es keinen Vorfall.</translation>
    </message>
    <message>
        <source>The drive is being analysed: incidents appear here as they are found.</source>
        <translation>Die Fahrt wird ausgewertet: Vorfälle erscheinen hier, sobald sie gefunden sind.</translation>
    </message>
    <message>
        <source>There is no incident in what was analysed. Open the drive again to analyse the rest.</source>
        <translation>In dem, was ausgewertet ist, gibt es keinen Vorfall. Die Fahrt noch einmal öffnen, um den Rest auszuwerten.</translation>
    </message>
</context>
<context>
    <name>ReviewBar</name>
    <message>
        <source>No incident up to here</source>
        <translation>Kein Vorfall bis hier</translation>
    </message>
</context>
<context>
    <name>SetupView</name>
    <message>
        <source>Camera</source>
        <translation>Kamera</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>Netz</translation>
    </message>
    <message>
        <source>Alerts</source>
        <translation>Alarme</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>Aussehen</translation>
    </message>
    <message>
        <source>Privacy</source>
        <translation>Datenschutz</translation>
    </message>
    <message>
        <source>Pages of the settings</source>
        <translation>Seiten der Einstellungen</translation>
    </message>
</context>
<context>
    <name>Sources</name>
    <message>
        <source>Videos</source>
        <translation>Videos</translation>
    </message>
    <message>
        <source>All files</source>
        <translation>Alle Dateien</translation>
    </message>
    <message>
        <source>Choose a source</source>
        <translation>Quelle wählen</translation>
    </message>
    <message>
        <source>Demo drive</source>
        <translation>Demofahrt</translation>
    </message>
    <message>
        <source>a simulated driver, labelled</source>
        <translation>ein simulierter Fahrer, gelabelt</translation>
    </message>
    <message>
        <source>Open a video…</source>
        <translation>Video öffnen…</translation>
    </message>
    <message>
        <source>a recorded drive</source>
        <translation>eine aufgezeichnete Fahrt</translation>
    </message>
    <message>
        <source>Open a folder of images…</source>
        <translation>Bilderordner öffnen…</translation>
    </message>
    <message>
        <source>in the order of their names</source>
        <translation>in der Reihenfolge ihrer Namen</translation>
    </message>
    <message>
        <source>No camera was found: connect one and search again.</source>
        <translation>Keine Kamera gefunden: eine anschließen und erneut suchen.</translation>
    </message>
    <message>
        <source>Search again</source>
        <translation>Erneut suchen</translation>
    </message>
    <message>
        <source>Address of a stream</source>
        <translation>Adresse eines Streams</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>CAMERAS</source>
        <translation>KAMERAS</translation>
    </message>
    <message>
        <source>RECORDINGS</source>
        <translation>AUFNAHMEN</translation>
    </message>
    <message>
        <source>STREAM</source>
        <translation>STREAM</translation>
    </message>
    <message>
        <source>Camera {0}</source>
        <translation>Kamera {0}</translation>
    </message>
    <message>
        <source>live</source>
        <translation>live</translation>
    </message>
    <message>
        <source>Open a video</source>
        <translation>Video öffnen</translation>
    </message>
    <message>
        <source>Open a folder of images</source>
        <translation>Bilderordner öffnen</translation>
    </message>
</context>
<context>
    <name>Status</name>
    <message>
        <source>capture</source>
        <translation>Aufnahme</translation>
    </message>
    <message>
        <source>view</source>
        <translation>Sicht</translation>
    </message>
    <message>
        <source>regions</source>
        <translation>Regionen</translation>
    </message>
    <message>
        <source>network</source>
        <translation>Netz</translation>
    </message>
    <message>
        <source>policy</source>
        <translation>Regeln</translation>
    </message>
    <message>
        <source>in all</source>
        <translation>zusammen</translation>
    </message>
    <message>
        <source>idle</source>
        <translation>aus</translation>
    </message>
    <message>
        <source>opening</source>
        <translation>öffnet</translation>
    </message>
    <message>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>angehalten</translation>
    </message>
    <message>
        <source>ended</source>
        <translation>zu Ende</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>abgebrochen</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>Video of this drive is kept; Settings, Privacy, says what</source>
        <translation>Video dieser Fahrt wird aufbewahrt; was, steht unter Einstellungen, Datenschutz</translation>
    </message>
    <message>
        <source>⏺ recording</source>
        <translation>⏺ Aufzeichnung</translation>
    </message>
    <message>
        <source>Frames classified per second, of the frames that the source gives</source>
        <translation>Klassifizierte Bilder je Sekunde, von denen der Quelle</translation>
    </message>
    <message>
        <source>The stages that take longest</source>
        <translation>Die Stufen, die am längsten dauern</translation>
    </message>
    <message>
        <source>Dropped: a newer frame came before the network was free; a live source never waits</source>
        <translation>Verworfen: ein neueres Bild kam, bevor das Netz frei war; eine Live-Quelle wartet nie</translation>
    </message>
    <message>
        <source>Skipped (rate limit): left out by the limit, or while nothing changes</source>
        <translation>Ausgelassen (Bildgrenze): durch die Grenze, oder solange sich nichts ändert</translation>
    </message>
    <message>
        <source>The car&apos;s speed decides how early alerts come; no signal counts as fast</source>
        <translation>Vom Tempo hängt ab, wie früh Alarme kommen; ohne Signal gilt es als schnell</translation>
    </message>
    <message>
        <source>What executes the network, and the engine bundle</source>
        <translation>Was das Netz ausführt, und das Paket</translation>
    </message>
    <message>
        <source>no frame for {0} s</source>
        <translation>seit {0} s kein Bild</translation>
    </message>
    <message>
        <source>no source</source>
        <translation>keine Quelle</translation>
    </message>
    <message>
        <source>{0} of {1} fps</source>
        <translation>{0} von {1} Bildern/s</translation>
    </message>
    <message>
        <source>{0} fps</source>
        <translation>{0} Bilder/s</translation>
    </message>
    <message>
        <source>Median latency, from frame to alert</source>
        <translation>Median der Verzögerung, vom Bild zum Alarm</translation>
    </message>
    <message>
        <source>{0} dropped</source>
        <translation>{0} verworfen</translation>
    </message>
    <message>
        <source>{0} skipped (rate limit)</source>
        <translation>{0} ausgelassen (Bildgrenze)</translation>
    </message>
    <message>
        <source>{0} skipped</source>
        <translation>{0} ausgelassen</translation>
    </message>
    <message>
        <source>bundle {0}</source>
        <translation>Paket {0}</translation>
    </message>
    <message>
        <source>watching</source>
        <translation>überwacht</translation>
    </message>
    <message>
        <source>no speed signal</source>
        <translation>kein Temposignal</translation>
    </message>
</context>
<context>
    <name>Timeline</name>
    <message>
        <source>Timeline of activities and alerts</source>
        <translation>Zeitleiste der Tätigkeiten und Alarme</translation>
    </message>
    <message>
        <source>alert</source>
        <translation>Alarm</translation>
    </message>
    <message>
        <source>seen</source>
        <translation>erkannt</translation>
    </message>
    <message>
        <source>label</source>
        <translation>Label</translation>
    </message>
</context>
<context>
    <name>Transport</name>
    <message>
        <source>Previous incident</source>
        <translation>Vorheriger Vorfall</translation>
    </message>
    <message>
        <source>One frame back</source>
        <translation>Ein Bild zurück</translation>
    </message>
    <message>
        <source>Play</source>
        <translation>Abspielen</translation>
    </message>
    <message>
        <source>One frame on</source>
        <translation>Ein Bild weiter</translation>
    </message>
    <message>
        <source>Next incident</source>
        <translation>Nächster Vorfall</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>Abspieltempo</translation>
    </message>
    <message>
        <source>Slower and faster: {0} and {1}</source>
        <translation>Langsamer und schneller: {0} und {1}</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Anhalten</translation>
    </message>
</context>
<context>
    <name>WatchQuestion</name>
    <message>
        <source>End the drive? The driver is not watched then.</source>
        <translation>Fahrt beenden? Der Fahrer wird dann nicht mehr überwacht.</translation>
    </message>
    <message>
        <source>End the drive</source>
        <translation>Fahrt beenden</translation>
    </message>
    <message>
        <source>Pause? The driver is not watched meanwhile.</source>
        <translation>Anhalten? Der Fahrer wird so lange nicht überwacht.</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Start again? The driver is not watched meanwhile.</source>
        <translation>Von vorn beginnen? Der Fahrer wird so lange nicht überwacht.</translation>
    </message>
    <message>
        <source>Start again</source>
        <translation>Von vorn</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>Fortfahren</translation>
    </message>
    <message>
        <source>Keep watching</source>
        <translation>Weiter überwachen</translation>
    </message>
</context>
<context>
    <name>terms</name>
    <message>
        <source>a phone in hand is cautioned at once</source>
        <translation>beim Telefon in der Hand sofort</translation>
    </message>
    <message>
        <source>{measured_s:.1f} s of distraction within {window_s:g} s, {limit_s:g} s are the limit</source>
        <translation>{measured_s:.1f} s Ablenkung in {window_s:g} s, die Grenze sind {limit_s:g} s</translation>
    </message>
    <message>
        <source>no attention for {limit_s:g} s after the warning</source>
        <translation>{limit_s:g} s nach der Warnung nicht aufmerksam</translation>
    </message>
    <message>
        <source>{limit_s:g} s of attention</source>
        <translation>{limit_s:g} s aufmerksam</translation>
    </message>
    <message>
        <source>due after {limit_s:g} s</source>
        <translation>fällig nach {limit_s:g} s</translation>
    </message>
    <message>
        <source>due after {limit_s:g} s {at_speed}, {phone_earlier_s:g} s earlier for a phone</source>
        <translation>fällig nach {limit_s:g} s {at_speed}, beim Telefon {phone_earlier_s:g} s früher</translation>
    </message>
    <message>
        <source>due after {limit_s:g} s {at_speed}</source>
        <translation>fällig nach {limit_s:g} s {at_speed}</translation>
    </message>
    <message>
        <source>Safe driving</source>
        <translation>Sicheres Fahren</translation>
    </message>
    <message>
        <source>Texting, right hand</source>
        <translation>Tippen, rechte Hand</translation>
    </message>
    <message>
        <source>Phone at the right ear</source>
        <translation>Telefon am rechten Ohr</translation>
    </message>
    <message>
        <source>Texting, left hand</source>
        <translation>Tippen, linke Hand</translation>
    </message>
    <message>
        <source>Phone at the left ear</source>
        <translation>Telefon am linken Ohr</translation>
    </message>
    <message>
        <source>Operating the radio</source>
        <translation>Radio bedienen</translation>
    </message>
    <message>
        <source>Drinking</source>
        <translation>Trinken</translation>
    </message>
    <message>
        <source>Reaching behind</source>
        <translation>Nach hinten greifen</translation>
    </message>
    <message>
        <source>Hair and makeup</source>
        <translation>Haare und Schminken</translation>
    </message>
    <message>
        <source>Talking to a passenger</source>
        <translation>Gespräch mit Beifahrer</translation>
    </message>
    <message>
        <source>None</source>
        <translation>Keine</translation>
    </message>
    <message>
        <source>Caution</source>
        <translation>Achtung</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>Warnung</translation>
    </message>
    <message>
        <source>Critical</source>
        <translation>Kritisch</translation>
    </message>
    <message>
        <source>phone in hand</source>
        <translation>Telefon in der Hand</translation>
    </message>
    <message>
        <source>distracted for too long</source>
        <translation>zu lange abgelenkt</translation>
    </message>
    <message>
        <source>distracted too often</source>
        <translation>zu oft abgelenkt</translation>
    </message>
    <message>
        <source>attention is back</source>
        <translation>wieder aufmerksam</translation>
    </message>
    <message>
        <source>the car is slow</source>
        <translation>das Auto fährt langsam</translation>
    </message>
    <message>
        <source>the driver cannot be assessed</source>
        <translation>der Fahrer ist nicht zu beurteilen</translation>
    </message>
    <message>
        <source>the recording jumped back</source>
        <translation>die Aufnahme sprang zurück</translation>
    </message>
    <message>
        <source>acknowledged</source>
        <translation>bestätigt</translation>
    </message>
    <message>
        <source>snoozed for this journey</source>
        <translation>für diese Fahrt stumm</translation>
    </message>
    <message>
        <source>Camera and model are fine</source>
        <translation>Kamera und Modell sind in Ordnung</translation>
    </message>
    <message>
        <source>ok</source>
        <translation>in Ordnung</translation>
    </message>
    <message>
        <source>camera lost</source>
        <translation>Kamera verloren</translation>
    </message>
    <message>
        <source>light the cabin or check the lens cap</source>
        <translation>Licht machen oder Objektivdeckel prüfen</translation>
    </message>
    <message>
        <source>dark</source>
        <translation>dunkel</translation>
    </message>
    <message>
        <source>The camera is covered</source>
        <translation>Die Kamera ist verdeckt</translation>
    </message>
    <message>
        <source>clear its view</source>
        <translation>Sicht frei machen</translation>
    </message>
    <message>
        <source>blocked</source>
        <translation>verdeckt</translation>
    </message>
    <message>
        <source>clean and focus the lens, or turn the camera to the driver</source>
        <translation>Objektiv putzen und scharf stellen oder die Kamera auf den Fahrer richten</translation>
    </message>
    <message>
        <source>featureless</source>
        <translation>ohne Details</translation>
    </message>
    <message>
        <source>reconnect the camera</source>
        <translation>Kamera neu anschließen</translation>
    </message>
    <message>
        <source>frozen</source>
        <translation>steht still</translation>
    </message>
    <message>
        <source>The model is unsure what the driver is doing</source>
        <translation>Das Modell ist unsicher, was der Fahrer tut</translation>
    </message>
    <message>
        <source>check where the camera points</source>
        <translation>prüfen, wohin die Kamera zeigt</translation>
    </message>
    <message>
        <source>unsure</source>
        <translation>unsicher</translation>
    </message>
    <message>
        <source>The monitor cannot keep up</source>
        <translation>Die Überwachung kommt nicht nach</translation>
    </message>
    <message>
        <source>close other programs, or use a faster engine, machine or camera</source>
        <translation>andere Programme schließen oder ein schnelleres Netz, Gerät oder eine andere Kamera verwenden</translation>
    </message>
    <message>
        <source>stalled</source>
        <translation>hängt</translation>
    </message>
    <message>
        <source>The camera shows nothing of use</source>
        <translation>Die Kamera zeigt nichts Brauchbares</translation>
    </message>
    <message>
        <source>uncover it, light the cabin, or reconnect it</source>
        <translation>aufdecken, Licht machen oder neu anschließen</translation>
    </message>
    <message>
        <source>close other programs, or choose a lower resolution</source>
        <translation>andere Programme schließen oder eine kleinere Auflösung wählen</translation>
    </message>
    <message>
        <source>Nothing moves in the box</source>
        <translation>Im Rahmen bewegt sich nichts</translation>
    </message>
    <message>
        <source>sit in the driver&apos;s seat, and draw the box around yourself</source>
        <translation>auf den Fahrersitz setzen und den Rahmen um sich ziehen</translation>
    </message>
    <message>
        <source>The model is unsure too often</source>
        <translation>Das Modell ist zu oft unsicher</translation>
    </message>
    <message>
        <source>mount the camera on the passenger&apos;s side, at the height of the driver&apos;s shoulder, and draw the box from head to knees, steering wheel included</source>
        <translation>die Kamera auf der Beifahrerseite in Schulterhöhe des Fahrers anbringen und den Rahmen vom Kopf bis zu den Knien ziehen, mit dem Lenkrad</translation>
    </message>
    <message>
        <source>switch the mirror on for a right-hand-drive car, or off, or move the camera to the passenger&apos;s side</source>
        <translation>die Spiegelung für einen Rechtslenker einschalten, sonst ausschalten, oder die Kamera auf die Beifahrerseite setzen</translation>
    </message>
    <message>
        <source>No image from the camera</source>
        <translation>Kein Bild von der Kamera</translation>
    </message>
    <message>
        <source>the journey is over</source>
        <translation>die Fahrt ist zu Ende</translation>
    </message>
    <message>
        <source>another activity has begun</source>
        <translation>eine andere Tätigkeit hat begonnen</translation>
    </message>
    <message>
        <source>the drive is over</source>
        <translation>die Fahrt ist zu Ende</translation>
    </message>
    <message>
        <source>active</source>
        <translation>aktiv</translation>
    </message>
    <message>
        <source>snoozed</source>
        <translation>stumm</translation>
    </message>
    <message>
        <source>ended</source>
        <translation>beendet</translation>
    </message>
    <message>
        <source>new</source>
        <translation>neu</translation>
    </message>
    <message>
        <source>true alert</source>
        <translation>richtiger Alarm</translation>
    </message>
    <message>
        <source>false alert</source>
        <translation>Fehlalarm</translation>
    </message>
    <message>
        <source>unclear</source>
        <translation>unklar</translation>
    </message>
    <message>
        <source>check the camera&apos;s cable; trying to reopen it</source>
        <translation>Kabel der Kamera prüfen; sie wird neu geöffnet</translation>
    </message>
    <message>
        <source>The image is too dark</source>
        <translation>Das Bild ist zu dunkel</translation>
    </message>
    <message>
        <source>The image shows no detail</source>
        <translation>Das Bild zeigt keine Details</translation>
    </message>
    <message>
        <source>The image is frozen</source>
        <translation>Das Bild steht still</translation>
    </message>
    <message>
        <source>Frames are too far apart</source>
        <translation>Die Bilder liegen zu weit auseinander</translation>
    </message>
    <message>
        <source>more of them are needed, from the camera, the recording or a faster engine</source>
        <translation>es braucht mehr davon: von der Kamera, in der Aufnahme oder von einem schnelleren Netz</translation>
    </message>
    <message>
        <source>sparse</source>
        <translation>zu wenige Bilder</translation>
    </message>
    <message>
        <source>behind</source>
        <translation>kommt nicht nach</translation>
    </message>
    <message>
        <source>no sound</source>
        <translation>kein Ton</translation>
    </message>
    <message>
        <source>alert command fails</source>
        <translation>Alarmbefehl scheitert</translation>
    </message>
    <message>
        <source>journal not written</source>
        <translation>Protokoll wird nicht geschrieben</translation>
    </message>
    <message>
        <source>store not written</source>
        <translation>Speicher wird nicht geschrieben</translation>
    </message>
    <message>
        <source>not recording</source>
        <translation>keine Aufzeichnung</translation>
    </message>
    <message>
        <source>messages not sent</source>
        <translation>Meldungen nicht gesendet</translation>
    </message>
    <message>
        <source>metrics not to be had</source>
        <translation>Messwerte nicht abrufbar</translation>
    </message>
    <message>
        <source>output not written</source>
        <translation>Ausgabe wird nicht geschrieben</translation>
    </message>
    <message>
        <source>a part fails</source>
        <translation>ein Teil fällt aus</translation>
    </message>
    <message>
        <source>Too few frames for a check</source>
        <translation>Zu wenige Bilder für eine Prüfung</translation>
    </message>
    <message>
        <source>The image seems to be mirrored</source>
        <translation>Das Bild scheint gespiegelt</translation>
    </message>
    <message>
        <source>The camera&apos;s view is fine now</source>
        <translation>Die Sicht der Kamera ist wieder in Ordnung</translation>
    </message>
    <message>
        <source>Texting, right</source>
        <translation>Tippen, rechts</translation>
    </message>
    <message>
        <source>Phone, right</source>
        <translation>Telefon, rechts</translation>
    </message>
    <message>
        <source>Texting, left</source>
        <translation>Tippen, links</translation>
    </message>
    <message>
        <source>Phone, left</source>
        <translation>Telefon, links</translation>
    </message>
    <message>
        <source>Radio</source>
        <translation>Radio</translation>
    </message>
    <message>
        <source>Reaching back</source>
        <translation>Nach hinten</translation>
    </message>
    <message>
        <source>Hair, makeup</source>
        <translation>Haare, Schminken</translation>
    </message>
    <message>
        <source>Passenger</source>
        <translation>Beifahrer</translation>
    </message>
    <message>
        <source>No image</source>
        <translation>Kein Bild</translation>
    </message>
    <message>
        <source>Too dark</source>
        <translation>Zu dunkel</translation>
    </message>
    <message>
        <source>Camera covered</source>
        <translation>Kamera verdeckt</translation>
    </message>
    <message>
        <source>No detail</source>
        <translation>Keine Details</translation>
    </message>
    <message>
        <source>Image frozen</source>
        <translation>Bild steht</translation>
    </message>
    <message>
        <source>Unsure</source>
        <translation>Unsicher</translation>
    </message>
    <message>
        <source>Too few frames</source>
        <translation>Zu wenige Bilder</translation>
    </message>
    <message>
        <source>Too slow</source>
        <translation>Zu langsam</translation>
    </message>
    <message>
        <source>demo drive</source>
        <translation>Demofahrt</translation>
    </message>
    <message>
        <source>Every alert comes sooner, for drivers who want to be reminded early.</source>
        <translation>Jeder Alarm kommt früher, für Fahrer, die zeitig erinnert werden wollen.</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>Ausgewogen</translation>
    </message>
    <message>
        <source>A caution after one long glance, a warning soon after it.</source>
        <translation>„Achtung“ nach einem langen Blick, bald danach eine Warnung.</translation>
    </message>
    <message>
        <source>Patient</source>
        <translation>Geduldig</translation>
    </message>
    <message>
        <source>Cautions come as with Balanced; warnings and critical alerts wait longer.</source>
        <translation>„Achtung“ kommt wie bei Ausgewogen; Warnungen und kritische Alarme warten länger.</translation>
    </message>
    <message>
        <source>Right-hand drive</source>
        <translation>Rechtslenker</translation>
    </message>
    <message>
        <source>the driver sits on the right: the view is mirrored, and right and left hand change places</source>
        <translation>der Fahrer sitzt rechts: die Sicht wird gespiegelt, rechte und linke Hand tauschen die Plätze</translation>
    </message>
    <message>
        <source>Alerts</source>
        <translation>Alarme</translation>
    </message>
    <message>
        <source>when the driver is alerted</source>
        <translation>wann der Fahrer alarmiert wird</translation>
    </message>
    <message>
        <source>Smoothing</source>
        <translation>Glättung</translation>
    </message>
    <message>
        <source>Weight of one frame</source>
        <translation>Gewicht eines Bildes</translation>
    </message>
    <message>
        <source>Distracted above</source>
        <translation>Abgelenkt ab</translation>
    </message>
    <message>
        <source>Distracted above, by activity</source>
        <translation>Abgelenkt ab, je Tätigkeit</translation>
    </message>
    <message>
        <source>Attentive below</source>
        <translation>Aufmerksam unter</translation>
    </message>
    <message>
        <source>Unsure below</source>
        <translation>Unsicher unter</translation>
    </message>
    <message>
        <source>Unsure holds for</source>
        <translation>Unsicher gezeigt nach</translation>
    </message>
    <message>
        <source>A frame speaks for</source>
        <translation>Ein Bild gilt für</translation>
    </message>
    <message>
        <source>Critical after a warning</source>
        <translation>Kritisch nach einer Warnung</translation>
    </message>
    <message>
        <source>Phone earlier by</source>
        <translation>Telefon früher um</translation>
    </message>
    <message>
        <source>Bridged gap</source>
        <translation>Überbrückte Lücke</translation>
    </message>
    <message>
        <source>Speed hysteresis</source>
        <translation>Hysterese des Tempos</translation>
    </message>
    <message>
        <source>Speed lost after</source>
        <translation>Tempo verloren nach</translation>
    </message>
    <message>
        <source>Acknowledge up to</source>
        <translation>Bestätigen bis</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>caution</source>
        <translation>Achtung</translation>
    </message>
    <message>
        <source>warning</source>
        <translation>Warnung</translation>
    </message>
    <message>
        <source>Snooze up to</source>
        <translation>Stummschalten bis</translation>
    </message>
    <message>
        <source>A journey ends after</source>
        <translation>Eine Fahrt endet nach</translation>
    </message>
    <message>
        <source>Health</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>when the camera is said to show nothing of use</source>
        <translation>wann es heißt, dass die Kamera nichts Brauchbares zeigt</translation>
    </message>
    <message>
        <source>Dark below</source>
        <translation>Dunkel unter</translation>
    </message>
    <message>
        <source>Covered below</source>
        <translation>Verdeckt unter</translation>
    </message>
    <message>
        <source>Detail</source>
        <translation>Detail</translation>
    </message>
    <message>
        <source>Featureless below</source>
        <translation>Ohne Details unter</translation>
    </message>
    <message>
        <source>Frozen after</source>
        <translation>Stillstand nach</translation>
    </message>
    <message>
        <source>Distracted too often</source>
        <translation>Zu oft abgelenkt</translation>
    </message>
    <message>
        <source>distracted {distracted_s:.0f} s of the last {window_s:.0f} s</source>
        <translation>{distracted_s:.0f} s der letzten {window_s:.0f} s abgelenkt</translation>
    </message>
    <message>
        <source>Start again</source>
        <translation>Von vorn</translation>
    </message>
    <message>
        <source>Open in Replay</source>
        <translation>In Wiedergabe öffnen</translation>
    </message>
    <message>
        <source>Review incidents</source>
        <translation>Vorfälle bewerten</translation>
    </message>
    <message>
        <source>has {tracks} video tracks; track {track} is used (--track chooses another)</source>
        <translation>hat {tracks} Videospuren; Spur {track} wird verwendet (--track wählt eine andere)</translation>
    </message>
    <message>
        <source>has no time stamps: {fps:g} frames a second are taken, {source}</source>
        <translation>hat keine Zeitstempel: {fps:g} Bilder je Sekunde werden angenommen, {source}</translation>
    </message>
    <message>
        <source>has its own time stamps: the {fps:g} frames a second that are stated are not used</source>
        <translation>hat eigene Zeitstempel: die angegebenen {fps:g} Bilder je Sekunde gelten nicht</translation>
    </message>
    <message>
        <source>the clock jumps by {by_s:.1f} s at {at_s:.1f} s, as in joined recordings: it was put together</source>
        <translation>die Uhr springt bei {at_s:.1f} s um {by_s:.1f} s, wie in aneinandergehängten Aufnahmen: sie wurde zusammengefügt</translation>
    </message>
    <message>
        <source>has {fps:.2g} frames a second from {from_s:.1f} s on, one every {step_s:.1f} s: with fewer than one a second nobody is ever alerted</source>
        <translation>hat ab {from_s:.1f} s {fps:.2g} Bilder je Sekunde, eines alle {step_s:.1f} s: bei weniger als einem je Sekunde gibt es nie einen Alarm</translation>
    </message>
    <message>
        <source>{pieces} files are one drive, from {first} to {last}</source>
        <translation>{pieces} Dateien sind eine Fahrt, von {first} bis {last}</translation>
    </message>
    <message>
        <source>{piece}: {what}</source>
        <translation>{piece}: {what}</translation>
    </message>
    <message>
        <source>{piece} is left out: {what}</source>
        <translation>{piece} wird ausgelassen: {what}</translation>
    </message>
    <message>
        <source>has no frames from {from_s:.1f} to {to_s:.1f} s</source>
        <translation>hat von {from_s:.1f} bis {to_s:.1f} s keine Bilder</translation>
    </message>
    <message>
        <source>has further gaps or jumps of the clock, which are only counted</source>
        <translation>hat weitere Lücken oder Sprünge der Uhr, die nur gezählt werden</translation>
    </message>
    <message>
        <source>gaps without frames: {holes}; jumps of the clock: {jumps}</source>
        <translation>Lücken ohne Bilder: {holes}; Sprünge der Uhr: {jumps}</translation>
    </message>
    <message>
        <source>time stamps that are missing or wrong: {frames}; the frame rate stands in for them</source>
        <translation>fehlende oder falsche Zeitstempel: {frames}; die Bildrate steht dafür ein</translation>
    </message>
    <message>
        <source>damaged frames: {frames}, the first at {first_s:.1f} s</source>
        <translation>beschädigte Bilder: {frames}, das erste bei {first_s:.1f} s</translation>
    </message>
    <message>
        <source>ends at {end_s:.1f} s; its header says {header_s:.1f} s: the rest is missing</source>
        <translation>endet bei {end_s:.1f} s; im Dateikopf stehen {header_s:.1f} s: der Rest fehlt</translation>
    </message>
    <message>
        <source>{frames} of {expected} frames cannot be decoded; the last good one is at {last_s:.1f} s</source>
        <translation>{frames} von {expected} Bildern lassen sich nicht lesen; das letzte gute liegt bei {last_s:.1f} s</translation>
    </message>
    <message>
        <source>no sure prediction for {limit_s:g} s</source>
        <translation>{limit_s:g} s lang keine sichere Vorhersage</translation>
    </message>
    <message>
        <source>another activity than the one that was hidden</source>
        <translation>eine andere Tätigkeit als die ausgeblendete</translation>
    </message>
    <message>
        <source>the alert stood already, about another activity</source>
        <translation>der Alarm stand schon, wegen einer anderen Tätigkeit</translation>
    </message>
    <message>
        <source>no driver in view for {limit_s:g} s</source>
        <translation>{limit_s:g} s lang kein Fahrer im Bild</translation>
    </message>
    <message>
        <source>Everywhere</source>
        <translation>Überall</translation>
    </message>
    <message>
        <source>In Library</source>
        <translation>In „Bibliothek“</translation>
    </message>
    <message>
        <source>Not now: acknowledge, and snooze the weaker alerts about it</source>
        <translation>Nicht jetzt: bestätigen und schwächere Alarme dazu stummschalten</translation>
    </message>
    <message>
        <source>Review: a true alert</source>
        <translation>Bewerten: richtiger Alarm</translation>
    </message>
    <message>
        <source>Review: a false alert</source>
        <translation>Bewerten: Fehlalarm</translation>
    </message>
    <message>
        <source>Review: unclear</source>
        <translation>Bewerten: unklar</translation>
    </message>
    <message>
        <source>Review: a note…</source>
        <translation>Bewerten: eine Notiz…</translation>
    </message>
    <message>
        <source>Undo a label, review or note</source>
        <translation>Label, Bewertung oder Notiz rückgängig machen</translation>
    </message>
    <message>
        <source>Redo it</source>
        <translation>Wiederholen</translation>
    </message>
    <message>
        <source>Pause, or resume</source>
        <translation>Anhalten oder fortsetzen</translation>
    </message>
    <message>
        <source>End the drive</source>
        <translation>Fahrt beenden</translation>
    </message>
    <message>
        <source>Play, or pause</source>
        <translation>Abspielen oder anhalten</translation>
    </message>
    <message>
        <source>One frame back</source>
        <translation>Ein Bild zurück</translation>
    </message>
    <message>
        <source>One frame on</source>
        <translation>Ein Bild weiter</translation>
    </message>
    <message>
        <source>Five seconds back</source>
        <translation>Fünf Sekunden zurück</translation>
    </message>
    <message>
        <source>Five seconds on</source>
        <translation>Fünf Sekunden weiter</translation>
    </message>
    <message>
        <source>To the beginning</source>
        <translation>Zum Anfang</translation>
    </message>
    <message>
        <source>To the end</source>
        <translation>Zum Ende</translation>
    </message>
    <message>
        <source>Next incident</source>
        <translation>Nächster Vorfall</translation>
    </message>
    <message>
        <source>Previous incident</source>
        <translation>Vorheriger Vorfall</translation>
    </message>
    <message>
        <source>Slower</source>
        <translation>Langsamer</translation>
    </message>
    <message>
        <source>Faster</source>
        <translation>Schneller</translation>
    </message>
    <message>
        <source>Begin a label here; again: up to here</source>
        <translation>Ein Label beginnt hier; noch einmal: bis hier</translation>
    </message>
    <message>
        <source>End the label here</source>
        <translation>Das Label endet hier</translation>
    </message>
    <message>
        <source>Discard the label that was begun</source>
        <translation>Das begonnene Label verwerfen</translation>
    </message>
    <message>
        <source>Erase the label here</source>
        <translation>Das Label hier löschen</translation>
    </message>
    <message>
        <source>Labels of another file…</source>
        <translation>Labels laden…</translation>
    </message>
    <message>
        <source>Attended regions</source>
        <translation>Beachtete Regionen</translation>
    </message>
    <message>
        <source>Attention as heat</source>
        <translation>Aufmerksamkeit als Wärmebild</translation>
    </message>
    <message>
        <source>Keypoints</source>
        <translation>Merkmalspunkte</translation>
    </message>
    <message>
        <source>Export the events…</source>
        <translation>Ereignisse exportieren…</translation>
    </message>
    <message>
        <source>Export the report…</source>
        <translation>Bericht exportieren…</translation>
    </message>
    <message>
        <source>Save the incident as a case…</source>
        <translation>Den Vorfall als Fall speichern…</translation>
    </message>
    <message>
        <source>Sound off, or on</source>
        <translation>Ton aus oder ein</translation>
    </message>
    <message>
        <source>Driver&apos;s view, or the engineer&apos;s</source>
        <translation>Fahreransicht oder technische Ansicht</translation>
    </message>
    <message>
        <source>Pages of the settings</source>
        <translation>Seiten der Einstellungen</translation>
    </message>
    <message>
        <source>Camera</source>
        <translation>Kamera</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>Netz</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>Aussehen</translation>
    </message>
    <message>
        <source>Views</source>
        <translation>Ansichten</translation>
    </message>
    <message>
        <source>Show the drive</source>
        <translation>Die Fahrt zeigen</translation>
    </message>
    <message>
        <source>Show the replay</source>
        <translation>Die Wiedergabe zeigen</translation>
    </message>
    <message>
        <source>Show the library</source>
        <translation>Die Bibliothek zeigen</translation>
    </message>
    <message>
        <source>Show the settings</source>
        <translation>Die Einstellungen zeigen</translation>
    </message>
    <message>
        <source>Full screen, with the driver&apos;s view</source>
        <translation>Vollbild, mit der Fahreransicht</translation>
    </message>
    <message>
        <source>Show the keys</source>
        <translation>Die Tasten zeigen</translation>
    </message>
    <message>
        <source>Close the window</source>
        <translation>Das Fenster schließen</translation>
    </message>
    <message>
        <source>unknown activity {text}: write one of c0 to c9</source>
        <translation>die Tätigkeit {text} gibt es nicht: eine von c0 bis c9 angeben</translation>
    </message>
    <message>
        <source>bundle {path} names {count} classes that are not c0 to c9: the monitor needs one trained on driver activities</source>
        <translation>das Paket {path} nennt {count} Klassen, die nicht c0 bis c9 sind: es muss eines mit den Tätigkeiten von Fahrern sein</translation>
    </message>
    <message>
        <source>bundle {path} has no {precision} model: it has {others}; choose one of these with --precision, or make it with python -m calibration.quantize</source>
        <translation>das Paket {path} hat kein Modell für {precision}: es hat {others}; eines davon mit --precision wählen oder es mit python -m calibration.quantize erzeugen</translation>
    </message>
    <message>
        <source>{path} changed while it was in use: fetch the bundle again</source>
        <translation>{path} hat sich im Gebrauch geändert: das Paket neu holen</translation>
    </message>
    <message>
        <source>{path} keeps weights in other files: export it as one file</source>
        <translation>{path} hat Gewichte in anderen Dateien: als eine Datei exportieren</translation>
    </message>
    <message>
        <source>{path} holds an engine compiled elsewhere, which can hold code: export it again</source>
        <translation>{path} enthält ein anderswo übersetztes Netz, das Code enthalten kann: neu exportieren</translation>
    </message>
    <message>
        <source>cannot read {path}: {reason}; fetch the bundle again</source>
        <translation>{path} ist nicht lesbar: {reason}; das Paket neu herunterladen</translation>
    </message>
    <message>
        <source>{path} does not match the bundle&apos;s manifest: it was changed or damaged; export the bundle again (python -m train.export) or fetch it</source>
        <translation>{path} passt nicht zum Inhaltsverzeichnis des Pakets: es wurde geändert oder beschädigt; das Paket neu exportieren (python -m train.export) oder neu herunterladen</translation>
    </message>
    <message>
        <source>cannot read {file} ({error}): export the bundle again</source>
        <translation>{file} ist nicht lesbar ({error}): das Paket neu exportieren</translation>
    </message>
    <message>
        <source>{path} is no ONNX file ({error}): export the bundle again</source>
        <translation>{path} ist keine ONNX-Datei ({error}): das Paket neu exportieren</translation>
    </message>
    <message>
        <source>{file} is larger than any manifest ({mebibytes} MiB): fetch the bundle again</source>
        <translation>{file} ist größer als jedes Manifest ({mebibytes} MiB): das Paket neu holen</translation>
    </message>
    <message>
        <source>{file} does not list every file of a bundle: export it again</source>
        <translation>{file} nennt nicht jede Datei eines Pakets: neu exportieren</translation>
    </message>
    <message>
        <source>{file} names files outside the bundle: {unsafe}; fetch the bundle again</source>
        <translation>{file} nennt Dateien außerhalb des Pakets: {unsafe}; das Paket neu holen</translation>
    </message>
    <message>
        <source>{path} is not an engine bundle ({file} cannot be read): pass the folder that python -m train.export wrote</source>
        <translation>{path} ist kein Paket ({file} ist nicht lesbar): den Ordner angeben, den python -m train.export geschrieben hat</translation>
    </message>
    <message>
        <source>{path} has bundle format {version}, this software reads 1 to {newest}: export it with the same version as you run</source>
        <translation>{path} hat das Paketformat {version}, lesbar sind 1 bis {newest}: mit der Version exportieren, die hier läuft</translation>
    </message>
    <message>
        <source>{file}: {fault}; export the bundle again</source>
        <translation>{file}: {fault}; das Paket neu exportieren</translation>
    </message>
    <message>
        <source>{file} is a link that leads outside the bundle: fetch the bundle again, without links</source>
        <translation>{file} ist ein Verweis, der aus dem Paket hinausführt: das Paket ohne Verweise neu holen</translation>
    </message>
    <message>
        <source>{file} is no file, or larger than {gibibytes} GiB: fetch the bundle again</source>
        <translation>{file} ist keine Datei oder größer als {gibibytes} GiB: das Paket neu holen</translation>
    </message>
    <message>
        <source>of {views} simulated views the bundle calls {count} wrong: {wrong}</source>
        <translation>von {views} simulierten Ansichten benennt das Paket {count} falsch: {wrong}</translation>
    </message>
    <message>
        <source>there is no such file or folder</source>
        <translation>die Datei oder den Ordner gibt es nicht</translation>
    </message>
    <message>
        <source>permission is missing</source>
        <translation>die Berechtigung fehlt</translation>
    </message>
    <message>
        <source>it is a folder and no file</source>
        <translation>es ist ein Ordner und keine Datei</translation>
    </message>
    <message>
        <source>a file stands in its path where a folder is needed</source>
        <translation>im Pfad steht eine Datei, wo ein Ordner nötig ist</translation>
    </message>
    <message>
        <source>something of that name is there already</source>
        <translation>etwas mit diesem Namen gibt es schon</translation>
    </message>
    <message>
        <source>the folder is not empty</source>
        <translation>der Ordner ist nicht leer</translation>
    </message>
    <message>
        <source>the disk is full</source>
        <translation>der Datenträger ist voll</translation>
    </message>
    <message>
        <source>this user&apos;s share of the disk is full</source>
        <translation>das Kontingent des Benutzers auf dem Datenträger ist voll</translation>
    </message>
    <message>
        <source>it is larger than the disk takes</source>
        <translation>es ist größer, als der Datenträger zulässt</translation>
    </message>
    <message>
        <source>the disk can only be read</source>
        <translation>der Datenträger ist schreibgeschützt</translation>
    </message>
    <message>
        <source>its name is too long</source>
        <translation>der Name ist zu lang</translation>
    </message>
    <message>
        <source>its links lead in a circle</source>
        <translation>die Verknüpfungen führen im Kreis</translation>
    </message>
    <message>
        <source>too many files are open</source>
        <translation>zu viele Dateien sind geöffnet</translation>
    </message>
    <message>
        <source>the disk fails</source>
        <translation>der Datenträger ist defekt oder antwortet nicht</translation>
    </message>
    <message>
        <source>the network&apos;s disk is gone</source>
        <translation>das Netzlaufwerk ist weg</translation>
    </message>
    <message>
        <source>something else uses it</source>
        <translation>etwas anderes benutzt es</translation>
    </message>
    <message>
        <source>there is no such device</source>
        <translation>das Gerät gibt es nicht</translation>
    </message>
    <message>
        <source>another program uses it</source>
        <translation>ein anderes Programm benutzt es</translation>
    </message>
    <message>
        <source>this machine has no such address</source>
        <translation>dieses Gerät hat keine solche Adresse</translation>
    </message>
    <message>
        <source>nothing answers there</source>
        <translation>dort antwortet nichts</translation>
    </message>
    <message>
        <source>nothing is to be reached there</source>
        <translation>dort ist nichts zu erreichen</translation>
    </message>
    <message>
        <source>there is no network</source>
        <translation>es gibt keine Netzwerkverbindung</translation>
    </message>
    <message>
        <source>nothing answers in time</source>
        <translation>nichts antwortet rechtzeitig</translation>
    </message>
    <message>
        <source>nobody reads it any more</source>
        <translation>niemand liest es mehr</translation>
    </message>
    <message>
        <source>it is no UTF-8 text</source>
        <translation>es ist kein UTF-8-Text</translation>
    </message>
    <message>
        <source>its name has a null character</source>
        <translation>im Namen steht ein Nullzeichen</translation>
    </message>
    <message>
        <source>{path} cannot be read as a bag: {reason}: record or copy it again</source>
        <translation>{path} kann nicht als Bag gelesen werden: {reason}: neu aufnehmen oder kopieren</translation>
    </message>
    <message>
        <source>{path} is a bag, which needs more packages: install the extra &apos;formats&apos; (uv sync --extra formats)</source>
        <translation>{path} ist ein Bag und braucht weitere Pakete: das Extra „formats“ installieren (uv sync --extra formats)</translation>
    </message>
    <message>
        <source>: did you mean {name}?</source>
        <translation>: ist {name} gemeint?</translation>
    </message>
    <message>
        <source>left out, {count} in all: {files}; {hidden} hidden</source>
        <translation>ausgelassen, insgesamt {count}: {files}; {hidden} versteckte</translation>
    </message>
    <message>
        <source>left out, {count} in all: {files}</source>
        <translation>ausgelassen, insgesamt {count}: {files}</translation>
    </message>
    <message>
        <source>hidden files left out: {hidden}</source>
        <translation>versteckte Dateien ausgelassen: {hidden}</translation>
    </message>
    <message>
        <source>cannot read the folder {folder}: {reason}</source>
        <translation>der Ordner {folder} ist nicht lesbar: {reason}</translation>
    </message>
    <message>
        <source>no segment is labelled: add lines such as 0.0,4.4,c0</source>
        <translation>kein Abschnitt hat ein Label: Zeilen wie 0.0,4.4,c0 ergänzen</translation>
    </message>
    <message>
        <source>line {line}: the segment ends at {cell} s, not after its start at {start} s</source>
        <translation>Zeile {line}: der Abschnitt endet bei {cell} s, nicht nach seinem Anfang bei {start} s</translation>
    </message>
    <message>
        <source>line {line}: starts at {cell} s, before the line above: sort the lines by time</source>
        <translation>Zeile {line}: beginnt bei {cell} s, vor der Zeile darüber: nach der Zeit ordnen</translation>
    </message>
    <message>
        <source>line {line}: starts at {cell} s but the line above ends at {end_s:g} s: overlap</source>
        <translation>Zeile {line}: beginnt bei {cell} s, aber die Zeile darüber endet bei {end_s:g} s: sie überschneiden sich</translation>
    </message>
    <message>
        <source>labels {path}: {problem}</source>
        <translation>Labels {path}: {problem}</translation>
    </message>
    <message>
        <source>line {line}: {name} is {cell}: write seconds such as 12.4</source>
        <translation>Zeile {line}: {name} ist {cell}: Sekunden wie 12.4 angeben</translation>
    </message>
    <message>
        <source>line {line}: {error}</source>
        <translation>Zeile {line}: {error}</translation>
    </message>
    <message>
        <source>this is neither OpenLABEL nor VCD 4: its first key is to be &quot;openlabel&quot; or &quot;vcd&quot;</source>
        <translation>es ist weder OpenLABEL noch VCD 4: der erste Schlüssel muss &quot;openlabel&quot; oder &quot;vcd&quot; sein</translation>
    </message>
    <message>
        <source>{fps} are no frames a second of a video</source>
        <translation>{fps} Bilder je Sekunde hat kein Video</translation>
    </message>
    <message>
        <source>no action of {level} is labelled: take DMD&apos;s file on distraction</source>
        <translation>zu {level} gibt es kein Label: die Datei von DMD über Ablenkung nehmen</translation>
    </message>
    <message>
        <source>none of the labelled actions is one of C0 to C9: {names}</source>
        <translation>kein Label ist eines von C0 bis C9: {names}</translation>
    </message>
    <message>
        <source>{label} from frame {start} to {end} and {other} from {following} overlap</source>
        <translation>{label} von Bild {start} bis {end} und {other} ab {following} überschneiden sich</translation>
    </message>
    <message>
        <source>this is no JSON from line {lineno}, column {colno} on</source>
        <translation>es ist ab Zeile {lineno}, Spalte {colno} kein JSON</translation>
    </message>
    <message>
        <source>this is no JSON that labels could be</source>
        <translation>das ist kein JSON, das Labels enthalten könnte</translation>
    </message>
    <message>
        <source>no action lasts from frame {start} to frame {end}</source>
        <translation>nichts dauert von Bild {start} bis Bild {end}</translation>
    </message>
    <message>
        <source>a frame interval has no frame_start and frame_end</source>
        <translation>einem Zeitraum fehlen frame_start und frame_end</translation>
    </message>
    <message>
        <source>cannot write {path}: {reason}: choose another path</source>
        <translation>{path} lässt sich nicht schreiben: {reason}: einen anderen Pfad wählen</translation>
    </message>
    <message>
        <source>cannot write into {folder}: {reason}: choose another folder</source>
        <translation>in {folder} lässt sich nicht schreiben: {reason}: einen anderen Ordner wählen</translation>
    </message>
    <message>
        <source>cannot read the {what} {path}: {reason}</source>
        <translation>{what} {path} ist nicht lesbar: {reason}</translation>
    </message>
    <message>
        <source>a number</source>
        <translation>eine Zahl</translation>
    </message>
    <message>
        <source>a whole number</source>
        <translation>eine ganze Zahl</translation>
    </message>
    <message>
        <source>true or false</source>
        <translation>true oder false</translation>
    </message>
    <message>
        <source>a text in quotes</source>
        <translation>ein Text in Anführungszeichen</translation>
    </message>
    <message>
        <source>a list</source>
        <translation>eine Liste</translation>
    </message>
    <message>
        <source>a table</source>
        <translation>eine Tabelle</translation>
    </message>
    <message>
        <source>{value} is not allowed</source>
        <translation>{value} ist nicht erlaubt</translation>
    </message>
    <message>
        <source>{name}: there is no such key{hint}</source>
        <translation>{name}: diesen Schlüssel gibt es nicht{hint}</translation>
    </message>
    <message>
        <source>{name} is missing</source>
        <translation>{name} fehlt</translation>
    </message>
    <message>
        <source>{name} has {count} values: {most} are the most</source>
        <translation>{name} hat {count} Werte: höchstens {most} sind erlaubt</translation>
    </message>
    <message>
        <source>{name} is too short</source>
        <translation>{name} ist zu kurz</translation>
    </message>
    <message>
        <source>it is no JSON</source>
        <translation>es ist kein JSON</translation>
    </message>
    <message>
        <source>{value} is beyond its range</source>
        <translation>{value} liegt außerhalb des Bereichs</translation>
    </message>
    <message>
        <source>{value} is none of {names}{hint}</source>
        <translation>{value} ist keines von {names}{hint}</translation>
    </message>
    <message>
        <source>{value} is not a whole number</source>
        <translation>{value} ist keine ganze Zahl</translation>
    </message>
    <message>
        <source>{value} is not {wanted}</source>
        <translation>{value}: nötig ist {wanted}</translation>
    </message>
    <message>
        <source>: take it out</source>
        <translation>: herausnehmen</translation>
    </message>
    <message>
        <source>: the keys are {names}</source>
        <translation>: die Schlüssel sind {names}</translation>
    </message>
    <message>
        <source>{name} has {count} values, which is too few</source>
        <translation>{name} hat {count} Werte, das sind zu wenige</translation>
    </message>
    <message>
        <source>{name} is empty</source>
        <translation>{name} ist leer</translation>
    </message>
    <message>
        <source>{value} is beyond its range: {limits}</source>
        <translation>{value} liegt außerhalb des Bereichs: {limits}</translation>
    </message>
    <message>
        <source>line {line}: the first line must name the columns {wanted}</source>
        <translation>Zeile {line}: die erste Zeile muss die Spalten {wanted} nennen</translation>
    </message>
    <message>
        <source>the {what} {path} are not a UTF-8 text file</source>
        <translation>{what} {path}: es ist keine Textdatei in UTF-8</translation>
    </message>
    <message>
        <source>line {line}: this is no CSV: check its quotes</source>
        <translation>Zeile {line}: es ist kein CSV: die Anführungszeichen prüfen</translation>
    </message>
    <message>
        <source>line {line}: the first line must be {wanted}</source>
        <translation>Zeile {line}: die erste Zeile muss {wanted} lauten</translation>
    </message>
    <message>
        <source>line {line}: {count} values instead of {wanted_count} ({wanted})</source>
        <translation>Zeile {line}: {count} Werte statt {wanted_count} ({wanted})</translation>
    </message>
    <message>
        <source>line {line}: a value of {wanted} is missing</source>
        <translation>Zeile {line}: ein Wert von {wanted} fehlt</translation>
    </message>
    <message>
        <source>cannot read {path}: {reason}; fetch it again</source>
        <translation>{path} ist nicht lesbar: {reason}; neu holen</translation>
    </message>
    <message>
        <source>{path} {error}</source>
        <translation>{path} {error}</translation>
    </message>
    <message>
        <source>{path} can no longer be read: was it changed or moved?</source>
        <translation>{path} ist nicht mehr lesbar: wurde es geändert oder verschoben?</translation>
    </message>
    <message>
        <source>{path} has no frame that can be decoded: {why}</source>
        <translation>in {path} lässt sich kein Bild lesen: {why}</translation>
    </message>
    <message>
        <source>it is not a video, or it is damaged; a frame has {megapixels} megapixels at most</source>
        <translation>es ist kein Video oder beschädigt; ein Bild hat höchstens {megapixels} Megapixel</translation>
    </message>
    <message>
        <source>its index is missing or damaged, as in an MP4 that was broken off: repair it, or record again</source>
        <translation>das Verzeichnis fehlt oder ist beschädigt, wie bei einem abgebrochenen MP4: reparieren oder neu aufnehmen</translation>
    </message>
    <message>
        <source>{path} is empty: record the drive again</source>
        <translation>{path} ist leer: die Fahrt neu aufnehmen</translation>
    </message>
    <message>
        <source>{path} is one image, not a video: name a video, or a folder of images</source>
        <translation>{path} ist ein einzelnes Bild und kein Video: ein Video oder einen Bilderordner wählen</translation>
    </message>
    <message>
        <source>{path} is a folder: name a video file in it</source>
        <translation>{path} ist ein Ordner: eine Videodatei darin wählen</translation>
    </message>
    <message>
        <source>{path} is a device and no file: save the video in a file first</source>
        <translation>{path} ist ein Gerät und keine Datei: das Video erst in einer Datei speichern</translation>
    </message>
    <message>
        <source>cannot read {path}: {reason}</source>
        <translation>{path} ist nicht lesbar: {reason}</translation>
    </message>
    <message>
        <source>{path} is text, not a video: name a video, or a folder of images</source>
        <translation>{path} ist ein Text und kein Video: ein Video oder einen Bilderordner wählen</translation>
    </message>
    <message>
        <source>{path} is a pipe and no file: save the video in a file first</source>
        <translation>{path} ist eine Pipe und keine Datei: das Video erst in einer Datei speichern</translation>
    </message>
    <message>
        <source>{path} has no video track: name a recording with images</source>
        <translation>{path} hat keine Videospur: eine Aufnahme mit Bildern wählen</translation>
    </message>
    <message>
        <source>{path} has no video track {track}, of {tracks}: choose one that is there with --track</source>
        <translation>{path} hat keine Videospur {track}, von {tracks}: mit --track eine vorhandene wählen</translation>
    </message>
    <message>
        <source>{path}: there is no decoder here for its video ({codec}): convert it to H.264, or record it so</source>
        <translation>{path}: für dieses Video ({codec}) gibt es hier keinen Decoder: in H.264 umwandeln oder so aufnehmen</translation>
    </message>
    <message>
        <source>{path} has no clock, neither time stamps nor a frame rate: state its frames a second, as with --fps 6</source>
        <translation>{path} hat keine Uhr, weder Zeitstempel noch eine Bildrate: die Bilder je Sekunde angeben, etwa mit --fps 6</translation>
    </message>
    <message>
        <source>it is no {codec} video, it is damaged, or its frames have more than 64 megapixels</source>
        <translation>es ist kein {codec}-Video, beschädigt, oder die Bilder haben mehr als 64 Megapixel</translation>
    </message>
    <message>
        <source>as stated</source>
        <translation>wie angegeben</translation>
    </message>
    <message>
        <source>as its own header says</source>
        <translation>wie es im Dateikopf steht</translation>
    </message>
    <message>
        <source>its edit list hides every one: export it again from what it was cut with</source>
        <translation>die Schnittliste verbirgt alle: aus dem Schnittprogramm neu exportieren</translation>
    </message>
    <message>
        <source>the model in {path} has inputs and outputs {found}, and its manifest names {required}: export the bundle again</source>
        <translation>das Modell in {path} hat die Ein- und Ausgänge {found}, sein Manifest nennt {required}: das Paket neu exportieren</translation>
    </message>
    <message>
        <source>ONNX Runtime cannot load {path}: {fault}</source>
        <translation>ONNX Runtime kann {path} nicht laden: {fault}</translation>
    </message>
    <message>
        <source>ONNX Runtime cannot load {name}: {fault}; export the bundle again</source>
        <translation>ONNX Runtime kann {name} nicht laden: {fault}; das Paket neu exportieren</translation>
    </message>
    <message>
        <source>the network failed in {description}: {fault}; export the bundle again</source>
        <translation>das Netz scheiterte in {description}: {fault}; das Paket neu exportieren</translation>
    </message>
    <message>
        <source>no runtime works here: {reasons}</source>
        <translation>hier läuft keine Laufzeitumgebung: {reasons}</translation>
    </message>
    <message>
        <source>cannot read the mount file {path}: {reason}</source>
        <translation>die Datei zum Sitz der Kamera {path} ist nicht lesbar: {reason}</translation>
    </message>
    <message>
        <source>mount file {path}: {fault}</source>
        <translation>Datei zum Sitz der Kamera {path}: {fault}</translation>
    </message>
    <message>
        <source>a recording that plays as fast as it can is not heard: --on-alert needs --realtime</source>
        <translation>eine Aufnahme, die so schnell wie möglich läuft, ist nicht zu hören: --on-alert braucht --realtime</translation>
    </message>
    <message>
        <source>policy {file}: no longer in use: {settings}. The {filter} filter is gone, and the exponential mean (smoothing_s) takes its place</source>
        <translation>Regeln {file}: nicht mehr in Gebrauch: {settings}. Den Filter {filter} gibt es nicht mehr; das exponentielle Mittel (smoothing_s) tritt an seine Stelle</translation>
    </message>
    <message>
        <source>the view is mirrored: the mount file says mirror = true, the policy file says right_hand_drive = false; save Settings, or make the files agree</source>
        <translation>das Bild ist gespiegelt: in der Datei zum Sitz der Kamera steht mirror = true, in der Regeldatei right_hand_drive = false; die Einstellungen speichern oder die Dateien angleichen</translation>
    </message>
    <message>
        <source>the view is mirrored: the policy file says right_hand_drive = true, the mount file does not say mirror = true; save Settings, or make the files agree</source>
        <translation>das Bild ist gespiegelt: in der Regeldatei steht right_hand_drive = true, in der Datei zum Sitz der Kamera nicht mirror = true; die Einstellungen speichern oder die Dateien angleichen</translation>
    </message>
    <message>
        <source>cannot read the policy {path}: {reason}: name a file that exists</source>
        <translation>die Regeln {path} sind nicht lesbar: {reason}: eine vorhandene Datei angeben</translation>
    </message>
    <message>
        <source>the policy {path} is no TOML: {reason}</source>
        <translation>die Regeln {path} sind kein TOML: {reason}</translation>
    </message>
    <message>
        <source>Something in this window failed ({kind}: {error}); the monitor continues.</source>
        <translation>Etwas in diesem Fenster ging schief ({kind}: {error}); die Überwachung läuft weiter.</translation>
    </message>
    <message>
        <source>There is no incident yet that could be reviewed.</source>
        <translation>Es gibt noch keinen Vorfall, der bewertet werden könnte.</translation>
    </message>
    <message>
        <source>{what}: {problem}</source>
        <translation>{what}: {problem}</translation>
    </message>
    <message>
        <source>{problem}. Try again; if it stays, report it</source>
        <translation>{problem}. Noch einmal versuchen; bleibt es dabei, bitte melden</translation>
    </message>
    <message>
        <source>the recording cannot be read any further ({problem}): open it again</source>
        <translation>die Aufnahme ist nicht weiter lesbar ({problem}): noch einmal öffnen</translation>
    </message>
    <message>
        <source>This is recorded from the next drive on: the driver is watched without a break.</source>
        <translation>Aufgezeichnet wird das ab der nächsten Fahrt: Der Fahrer wird ohne Unterbrechung überwacht.</translation>
    </message>
    <message>
        <source>alerts cannot be heard: this machine has no audio output</source>
        <translation>Alarme sind nicht zu hören: dieses Gerät hat keine Tonausgabe</translation>
    </message>
    <message>
        <source>alerts cannot be heard: they are muted (M)</source>
        <translation>Alarme sind nicht zu hören: der Ton ist aus (M)</translation>
    </message>
    <message>
        <source>An administrator has locked the thresholds.</source>
        <translation>Ein Administrator hat die Schwellen gesperrt.</translation>
    </message>
    <message>
        <source>the window</source>
        <translation>das Fenster</translation>
    </message>
    <message>
        <source>{first}: {rest}</source>
        <translation>{first}: {rest}</translation>
    </message>
    <message>
        <source>incidents: {incidents}</source>
        <translation>Vorfälle: {incidents}</translation>
    </message>
    <message>
        <source>under an alert: {seconds:.1f} s ({percent:.1f} %)</source>
        <translation>unter Alarm: {seconds:.1f} s ({percent:.1f} %)</translation>
    </message>
    <message>
        <source>not assessed: {seconds:.1f} s</source>
        <translation>nicht beurteilt: {seconds:.1f} s</translation>
    </message>
    <message>
        <source>No incident</source>
        <translation>Kein Vorfall</translation>
    </message>
    <message>
        <source>{count} × {tier}</source>
        <translation>{count} × {tier}</translation>
    </message>
    <message>
        <source>no incident</source>
        <translation>kein Vorfall</translation>
    </message>
    <message>
        <source>{count} × {tier} {activity}</source>
        <translation>{count} × {tier} {activity}</translation>
    </message>
    <message>
        <source>{first}; others: {count}</source>
        <translation>{first}; andere: {count}</translation>
    </message>
    <message>
        <source>the driver was assessed all the time</source>
        <translation>der Fahrer wurde die ganze Zeit beurteilt</translation>
    </message>
    <message>
        <source>{first}, {rest}</source>
        <translation>{first}, {rest}</translation>
    </message>
    <message>
        <source>too slow for alerts: {seconds:.1f} s</source>
        <translation>zu langsam für Alarme: {seconds:.1f} s</translation>
    </message>
    <message>
        <source>alerts were off: {seconds:.1f} s</source>
        <translation>Alarme waren aus: {seconds:.1f} s</translation>
    </message>
    <message>
        <source>{first}; {rest}</source>
        <translation>{first}; {rest}</translation>
    </message>
    <message>
        <source>{fault} {seconds:.1f} s</source>
        <translation>{fault} {seconds:.1f} s</translation>
    </message>
    <message>
        <source>{label} {title}</source>
        <translation>{label} {title}</translation>
    </message>
    <message>
        <source>the monitor keeps up again</source>
        <translation>die Überwachung kommt wieder nach</translation>
    </message>
    <message>
        <source>alerts can be heard again</source>
        <translation>Alarme sind wieder zu hören</translation>
    </message>
    <message>
        <source>the alert command works again</source>
        <translation>der Alarmbefehl geht wieder</translation>
    </message>
    <message>
        <source>{what}: {advice}</source>
        <translation>{what}: {advice}</translation>
    </message>
    <message>
        <source>the former library is in the store now: {drives} drives, {incidents} incidents, marked to be kept; its files are set aside as {folder}</source>
        <translation>die frühere Bibliothek ist jetzt im Speicher: {drives} Fahrten, {incidents} Vorfälle, die behalten werden; ihre Dateien liegen als {folder} beiseite</translation>
    </message>
    <message>
        <source>taken in: {drives} drives, {incidents} incidents</source>
        <translation>übernommen: {drives} Fahrten, {incidents} Vorfälle</translation>
    </message>
    <message>
        <source>the former library is in the store, but cannot be set aside: {reason}</source>
        <translation>die frühere Bibliothek ist im Speicher, kann aber nicht beiseitegelegt werden: {reason}</translation>
    </message>
    <message>
        <source>damaged lines of the drive {drive} of the former library: {count}</source>
        <translation>beschädigte Zeilen der Fahrt {drive} der früheren Bibliothek: {count}</translation>
    </message>
    <message>
        <source>the drive {drive} of the former library cannot be read: {reason}</source>
        <translation>die Fahrt {drive} der früheren Bibliothek kann nicht gelesen werden: {reason}</translation>
    </message>
    <message>
        <source>notice</source>
        <translation>Hinweis</translation>
    </message>
    <message>
        <source>system</source>
        <translation>System</translation>
    </message>
    <message>
        <source>health</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>cannot write the journal {path}: its disk does not answer</source>
        <translation>das Protokoll {path} lässt sich nicht schreiben: sein Datenträger antwortet nicht</translation>
    </message>
    <message>
        <source>{error}: choose another file</source>
        <translation>{error}: eine andere Datei wählen</translation>
    </message>
    <message>
        <source>cannot write the store {folder}: {reason}</source>
        <translation>der Speicher {folder} lässt sich nicht schreiben: {reason}</translation>
    </message>
    <message>
        <source>the drive {uid} has no incident {number}: it has {numbers}</source>
        <translation>die Fahrt {uid} hat keinen Vorfall {number}: sie hat {numbers}</translation>
    </message>
    <message>
        <source>cannot read the store {folder}: {reason}</source>
        <translation>der Speicher {folder} ist nicht lesbar: {reason}</translation>
    </message>
    <message>
        <source>left, since they are not what was written: {names}: look at them yourself</source>
        <translation>nicht gelöscht, weil es nicht ist, was geschrieben wurde: {names}: selbst ansehen</translation>
    </message>
    <message>
        <source>no drive is kept, as --no-store says</source>
        <translation>keine Fahrt wird aufbewahrt, wegen --no-store</translation>
    </message>
    <message>
        <source>{drive_id} is no drive of the library</source>
        <translation>{drive_id} ist keine Fahrt der Bibliothek</translation>
    </message>
    <message>
        <source>{what} {drive_id}: driver-monitor-data --library lists them</source>
        <translation>{what} {drive_id}: driver-monitor-data --library nennt sie</translation>
    </message>
    <message>
        <source>the recording does not keep up: {count} frames are not in the clips; the driver is watched all the same</source>
        <translation>die Aufzeichnung kommt nicht nach: {count} Bilder fehlen in den Clips; der Fahrer wird trotzdem überwacht</translation>
    </message>
    <message>
        <source>clips that were cut off cannot be completed, and are kept as they are: {files}</source>
        <translation>abgebrochene Clips können nicht vervollständigt werden und bleiben, wie sie sind: {files}</translation>
    </message>
    <message>
        <source>the store has no database any more; clips taken in: {count}</source>
        <translation>der Speicher hat keine Datenbank mehr; übernommene Clips: {count}</translation>
    </message>
    <message>
        <source>it can only be read</source>
        <translation>er ist schreibgeschützt</translation>
    </message>
    <message>
        <source>cannot write the store {folder}: {reason}: choose another folder</source>
        <translation>der Speicher {folder} lässt sich nicht schreiben: {reason}: einen anderen Ordner wählen</translation>
    </message>
    <message>
        <source>there is no store in {folder}: name the folder that a monitor was given with --store</source>
        <translation>in {folder} ist kein Speicher: den Ordner angeben, den ein Monitor mit --store bekam</translation>
    </message>
    <message>
        <source>there is no store in {folder}</source>
        <translation>in {folder} ist kein Speicher</translation>
    </message>
    <message>
        <source>{path} is of version {version}, and {newest} can be read: start a monitor on it once, which migrates it</source>
        <translation>{path} hat die Version {version}, lesbar ist {newest}: einmal einen Monitor damit starten, der sie überträgt</translation>
    </message>
    <message>
        <source>{path} is no store of the monitor&apos;s: choose another folder</source>
        <translation>{path} ist kein Speicher des Monitors: einen anderen Ordner wählen</translation>
    </message>
    <message>
        <source>{path} is of version {version}, later than {newest}, which this program knows: install the newer program, or choose another folder</source>
        <translation>{path} hat die Version {version}, später als {newest}, die dieses Programm kennt: das neuere Programm installieren oder einen anderen Ordner wählen</translation>
    </message>
    <message>
        <source>cannot read the store {folder}: {reason}: choose another folder</source>
        <translation>der Speicher {folder} ist nicht lesbar: {reason}: einen anderen Ordner wählen</translation>
    </message>
    <message>
        <source>the store was damaged ({what}): it is set aside as {file}; carried over: {held}</source>
        <translation>der Speicher war beschädigt ({what}): er liegt jetzt als {file} beiseite; übernommen: {held}</translation>
    </message>
    <message>
        <source>another monitor writes the store {folder}: end it first, or choose another</source>
        <translation>ein anderer Monitor schreibt den Speicher {folder}: ihn zuerst beenden oder einen anderen wählen</translation>
    </message>
    <message>
        <source>the store dropped {clips} clips, {incidents} incidents, {drives} drives, {mb:.1f} MB: {why}</source>
        <translation>der Speicher hat verworfen: {clips} Clips, {incidents} Vorfälle, {drives} Fahrten, {mb:.1f} MB: {why}</translation>
    </message>
    <message>
        <source>left, since the store did not write them so: {files}</source>
        <translation>nicht gelöscht, weil der Speicher sie so nicht geschrieben hat: {files}</translation>
    </message>
    <message>
        <source>older than they are kept</source>
        <translation>älter, als sie aufbewahrt werden</translation>
    </message>
    <message>
        <source>more than {megabytes:.0f} MB</source>
        <translation>mehr als {megabytes:.0f} MB</translation>
    </message>
    <message>
        <source>less than {megabytes:.0f} MB free</source>
        <translation>weniger als {megabytes:.0f} MB frei</translation>
    </message>
    <message>
        <source>the store was moved or deleted while it was written: it is begun anew with the drive that goes on</source>
        <translation>der Speicher wurde verschoben oder gelöscht, während er geschrieben wurde: er wird mit der laufenden Fahrt neu begonnen</translation>
    </message>
    <message>
        <source>the store could not be written for long; records lost: {count}</source>
        <translation>der Speicher konnte lange nicht geschrieben werden; verlorene Einträge: {count}</translation>
    </message>
    <message>
        <source>too much waits to be sent; messages dropped: {count}</source>
        <translation>zu viel wartet auf den Versand; verworfene Nachrichten: {count}</translation>
    </message>
    <message>
        <source>the clock was set forwards by {by_s:.0f} s; nothing is old for an hour</source>
        <translation>die Uhr wurde um {by_s:.0f} s vorgestellt; eine Stunde lang gilt nichts als alt</translation>
    </message>
    <message>
        <source>the clock was set back by {by_s:.0f} s; nothing is old for an hour</source>
        <translation>die Uhr wurde um {by_s:.0f} s zurückgestellt; eine Stunde lang gilt nichts als alt</translation>
    </message>
    <message>
        <source>nothing was stored for {days:.0f} days, if the clock is right; nothing is old for a day</source>
        <translation>wenn die Uhr stimmt, wurde {days:.0f} Tage lang nichts aufgezeichnet; einen Tag lang gilt nichts als alt</translation>
    </message>
    <message>
        <source>the store {folder} is closed</source>
        <translation>der Speicher {folder} ist geschlossen</translation>
    </message>
    <message>
        <source>the measurement</source>
        <translation>die Messung</translation>
    </message>
    <message>
        <source>the bundle {name} sets {settings}</source>
        <translation>das Paket {name} setzt {settings}</translation>
    </message>
    <message>
        <source>the output</source>
        <translation>die Ausgabe</translation>
    </message>
    <message>
        <source>the store</source>
        <translation>der Speicher</translation>
    </message>
    <message>
        <source>the PIN in {file} cannot be read, so none is right: delete this file, and set a new PIN</source>
        <translation>die PIN in {file} ist nicht lesbar, also ist keine richtig: diese Datei löschen und eine neue PIN setzen</translation>
    </message>
    <message>
        <source>a PIN has {least} to {most} digits</source>
        <translation>eine PIN hat {least} bis {most} Ziffern</translation>
    </message>
    <message>
        <source>{file}: {what}: nothing of the drive is kept until whoever administers this machine puts it right</source>
        <translation>{file}: {what}: von der Fahrt wird nichts aufbewahrt, bis der Administrator dieses Geräts das berichtigt</translation>
    </message>
    <message>
        <source>cannot write {path}: {reason}</source>
        <translation>{path} lässt sich nicht schreiben: {reason}</translation>
    </message>
    <message>
        <source>cannot delete {path}: {reason}</source>
        <translation>{path} lässt sich nicht löschen: {reason}</translation>
    </message>
    <message>
        <source>the alert sound</source>
        <translation>der Alarmton</translation>
    </message>
    <message>
        <source>the alert command</source>
        <translation>der Alarmbefehl</translation>
    </message>
    <message>
        <source>the state that is sent</source>
        <translation>der Zustand, der gesendet wird</translation>
    </message>
    <message>
        <source>the metrics</source>
        <translation>die Messwerte</translation>
    </message>
    <message>
        <source>{problem}; does another monitor connect as {name}? Each needs a name of its own, in its message settings</source>
        <translation>{problem}; meldet sich noch ein Monitor als {name} an? Jeder braucht in seinen Meldungseinstellungen einen eigenen Namen</translation>
    </message>
    <message>
        <source>the broker takes messages of {most} bytes at most</source>
        <translation>der Broker nimmt höchstens Meldungen von {most} Byte an</translation>
    </message>
    <message>
        <source>another monitor has connected as {name}: give each one a name of its own, in its message settings</source>
        <translation>ein anderer Monitor hat sich als {name} angemeldet: jedem in seinen Meldungseinstellungen einen eigenen Namen geben</translation>
    </message>
    <message>
        <source>the connection to the broker was lost ({what})</source>
        <translation>die Verbindung zum Broker ist abgebrochen ({what})</translation>
    </message>
    <message>
        <source>the certificate cannot be trusted: {what}</source>
        <translation>dem Zertifikat ist nicht zu trauen: {what}</translation>
    </message>
    <message>
        <source>no encrypted connection comes about: {what}</source>
        <translation>keine verschlüsselte Verbindung kommt zustande: {what}</translation>
    </message>
    <message>
        <source>there is no such host, or no network</source>
        <translation>diesen Host gibt es nicht, oder keine Netzwerkverbindung</translation>
    </message>
    <message>
        <source>it does not answer</source>
        <translation>keine Antwort</translation>
    </message>
    <message>
        <source>it cannot be reached: {what}</source>
        <translation>nicht erreichbar: {what}</translation>
    </message>
    <message>
        <source>the broker refuses: {what}</source>
        <translation>der Broker lehnt ab: {what}</translation>
    </message>
    <message>
        <source>the broker refuses what is sent to {topic}: {what}</source>
        <translation>der Broker lehnt ab, was an {topic} gesendet wird: {what}</translation>
    </message>
    <message>
        <source>the broker does not answer</source>
        <translation>der Broker antwortet nicht</translation>
    </message>
    <message>
        <source>the broker ended the connection at once: does it ask for TLS, or for a certificate?</source>
        <translation>der Broker hat die Verbindung sofort beendet: verlangt er TLS oder ein Zertifikat?</translation>
    </message>
    <message>
        <source>the message is too large for MQTT</source>
        <translation>die Meldung ist zu groß für MQTT</translation>
    </message>
    <message>
        <source>messages that wait to be sent: {count} ({size:.0f} kB), the oldest for {age} or longer</source>
        <translation>Meldungen, die auf das Senden warten: {count} ({size:.0f} kB), die älteste seit {age} oder länger</translation>
    </message>
    <message>
        <source>a day</source>
        <translation>einem Tag</translation>
    </message>
    <message>
        <source>10 hours</source>
        <translation>10 Stunden</translation>
    </message>
    <message>
        <source>5 hours</source>
        <translation>5 Stunden</translation>
    </message>
    <message>
        <source>2 hours</source>
        <translation>2 Stunden</translation>
    </message>
    <message>
        <source>an hour</source>
        <translation>einer Stunde</translation>
    </message>
    <message>
        <source>30 minutes</source>
        <translation>30 Minuten</translation>
    </message>
    <message>
        <source>10 minutes</source>
        <translation>10 Minuten</translation>
    </message>
    <message>
        <source>5 minutes</source>
        <translation>5 Minuten</translation>
    </message>
    <message>
        <source>2 minutes</source>
        <translation>2 Minuten</translation>
    </message>
    <message>
        <source>a minute</source>
        <translation>einer Minute</translation>
    </message>
    <message>
        <source>{problem}; {waiting}</source>
        <translation>{problem}; {waiting}</translation>
    </message>
    <message>
        <source>{receiver}: a message ({kind}) of incident {incident} is given up after {tries} tries: {problem}</source>
        <translation>{receiver}: eine Meldung ({kind}) zu Vorfall {incident} wird nach {tries} Versuchen aufgegeben: {problem}</translation>
    </message>
    <message>
        <source>nothing waits to be sent</source>
        <translation>nichts wartet auf das Senden</translation>
    </message>
    <message>
        <source>messages that wait to be sent: {count} ({size:.0f} kB)</source>
        <translation>Meldungen, die auf das Senden warten: {count} ({size:.0f} kB)</translation>
    </message>
    <message>
        <source>the store cannot say what waits</source>
        <translation>der Speicher kann nicht sagen, was wartet</translation>
    </message>
    <message>
        <source>sending failed: {what}</source>
        <translation>das Senden ist fehlgeschlagen: {what}</translation>
    </message>
    <message>
        <source>it answers {status}</source>
        <translation>die Antwort ist {status}</translation>
    </message>
    <message>
        <source>{status}, which leads elsewhere ({host}): name that in the settings</source>
        <translation>{status}, die anderswohin führt ({host}): diese Adresse in den Einstellungen angeben</translation>
    </message>
    <message>
        <source>cannot read the locked {what} {path}: {reason}: ask whoever administers this machine</source>
        <translation>die gesperrte Datei {path} ({what}) ist nicht lesbar: {reason}: den Administrator fragen, der für dieses Gerät zuständig ist</translation>
    </message>
    <message>
        <source>the labels cannot be written to {path}: they are in this window only</source>
        <translation>die Labels lassen sich nicht in {path} schreiben: sie stehen nur in diesem Fenster</translation>
    </message>
    <message>
        <source>the labels cannot be written to {path}: {reason}</source>
        <translation>die Labels lassen sich nicht in {path} schreiben: {reason}</translation>
    </message>
    <message>
        <source>cannot read the alert reviews {path}: {reason}</source>
        <translation>die Bewertungen der Alarme {path} sind nicht lesbar: {reason}</translation>
    </message>
    <message>
        <source>{path} holds no alert reviews ({columns}): move it away</source>
        <translation>{path} enthält keine Bewertungen von Alarmen ({columns}): die Datei verschieben</translation>
    </message>
    <message>
        <source>connect a camera, close other programs that use it, or choose another source (--source, --demo)</source>
        <translation>eine Kamera anschließen, andere Programme schließen, die sie benutzen, oder eine andere Quelle wählen (--source, --demo)</translation>
    </message>
    <message>
        <source>there is no camera {number}: their numbers go from 0 to {last}</source>
        <translation>eine Kamera {number} gibt es nicht: die Nummern gehen von 0 bis {last}</translation>
    </message>
    <message>
        <source>check the address, the password and the network</source>
        <translation>die Adresse, das Passwort und die Netzwerkverbindung prüfen</translation>
    </message>
    <message>
        <source>this OpenCV is built without GStreamer, so a pipeline cannot be opened: give an rtsp:// address, or install an OpenCV built with GStreamer</source>
        <translation>dieses OpenCV ist ohne GStreamer gebaut, also lässt sich keine Pipeline öffnen: eine rtsp://-Adresse angeben oder ein OpenCV mit GStreamer installieren</translation>
    </message>
    <message>
        <source>try it with gst-launch-1.0, and end it in appsink</source>
        <translation>mit gst-launch-1.0 ausprobieren und mit appsink enden lassen</translation>
    </message>
    <message>
        <source>{what}; write {path} for the file or folder of that name</source>
        <translation>{what}; die Datei oder den Ordner dieses Namens schreibt man {path}</translation>
    </message>
    <message>
        <source>{name} is a camera or a stream, not a recorded drive: name a video file or a folder of images</source>
        <translation>{name} ist eine Kamera oder ein Stream, keine aufgezeichnete Fahrt: eine Videodatei oder einen Bilderordner wählen</translation>
    </message>
    <message>
        <source>no such source: {name}: name a camera number, a video file, a folder of images or a URL</source>
        <translation>die Quelle {name} gibt es nicht: eine Kameranummer, eine Videodatei, einen Bilderordner oder eine URL angeben</translation>
    </message>
    <message>
        <source>the source is empty: name a camera number, a video file, a folder of images or a URL</source>
        <translation>die Quelle ist leer: eine Kameranummer, eine Videodatei, einen Bilderordner oder eine URL angeben</translation>
    </message>
    <message>
        <source>{what}; camera {number} is written {number}</source>
        <translation>{what}; Kamera {number} schreibt man {number}</translation>
    </message>
    <message>
        <source>the demo drive {path} is missing: install the program again</source>
        <translation>die Demofahrt {path} fehlt: das Programm neu installieren</translation>
    </message>
    <message>
        <source>cannot open {name}: {reason}</source>
        <translation>{name} lässt sich nicht öffnen: {reason}</translation>
    </message>
    <message>
        <source>length: {length}</source>
        <translation>Länge: {length}</translation>
    </message>
    <message>
        <source>the journal</source>
        <translation>das Protokoll</translation>
    </message>
    <message>
        <source>the score</source>
        <translation>die Auswertung</translation>
    </message>
    <message>
        <source>{what} works again</source>
        <translation>{what} geht wieder</translation>
    </message>
    <message>
        <source>{name}: {what}</source>
        <translation>{name}: {what}</translation>
    </message>
    <message>
        <source>{file}: {what}; the default holds</source>
        <translation>{file}: {what}; es gilt die Vorgabe</translation>
    </message>
    <message>
        <source>it is set aside as {file}</source>
        <translation>sie wurde als {file} beiseitegelegt</translation>
    </message>
    <message>
        <source>it is left as it is</source>
        <translation>sie bleibt, wie sie ist</translation>
    </message>
    <message>
        <source>{what}: {done}; the whole frame is used</source>
        <translation>{what}: {done}; das ganze Bild wird verwendet</translation>
    </message>
    <message>
        <source>{what}: {done}; the built-in policy holds</source>
        <translation>{what}: {done}; die eingebauten Regeln gelten</translation>
    </message>
    <message>
        <source>cannot read {file}: {reason}: {done}; nothing is chosen</source>
        <translation>{file} ist nicht lesbar: {reason}: {done}; nichts ist gewählt</translation>
    </message>
    <message>
        <source>{name} is open again</source>
        <translation>{name} ist wieder offen</translation>
    </message>
    <message>
        <source>{name} gives no frames any more: trying to reopen it</source>
        <translation>{name} gibt keine Bilder mehr: wird neu geöffnet</translation>
    </message>
    <message>
        <source>{file} cannot be read as an image: skipped ({count} so far)</source>
        <translation>{file} ist als Bild nicht lesbar: übersprungen (bisher {count})</translation>
    </message>
    <message>
        <source>the speed signal is back: {name}</source>
        <translation>das Tempo ist wieder da: {name}</translation>
    </message>
    <message>
        <source>no speed from {name}: alerts come as early as at high speed</source>
        <translation>kein Tempo von {name}: Alarme kommen so früh wie bei hohem Tempo</translation>
    </message>
    <message>
        <source>the speed signal is lost: {name}: alerts come as early as at high speed</source>
        <translation>das Tempo ist verloren: {name}: Alarme kommen so früh wie bei hohem Tempo</translation>
    </message>
    <message>
        <source>Shown after</source>
        <translation>Gezeigt nach</translation>
    </message>
    <message>
        <source>Recovered after</source>
        <translation>Erholt nach</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>Aus</translation>
    </message>
    <message>
        <source>No source</source>
        <translation>Keine Quelle</translation>
    </message>
    <message>
        <source>choose a camera, a recording or the demo drive</source>
        <translation>eine Kamera, eine Aufnahme oder die Demofahrt wählen</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>Beginnt</translation>
    </message>
    <message>
        <source>Opening the source</source>
        <translation>Öffnet die Quelle</translation>
    </message>
    <message>
        <source>the driver is not watched yet</source>
        <translation>der Fahrer wird noch nicht überwacht</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>Angehalten</translation>
    </message>
    <message>
        <source>The drive is paused</source>
        <translation>Die Fahrt ist angehalten</translation>
    </message>
    <message>
        <source>the driver is not watched</source>
        <translation>der Fahrer wird nicht überwacht</translation>
    </message>
    <message>
        <source>Ended</source>
        <translation>Zu Ende</translation>
    </message>
    <message>
        <source>The drive is over</source>
        <translation>Die Fahrt ist zu Ende</translation>
    </message>
    <message>
        <source>start again or choose another source</source>
        <translation>von vorn beginnen oder eine andere Quelle wählen</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Abgebrochen</translation>
    </message>
    <message>
        <source>The driver is not watched</source>
        <translation>Der Fahrer wird nicht überwacht</translation>
    </message>
    <message>
        <source>see the message below</source>
        <translation>siehe die Meldung darunter</translation>
    </message>
    <message>
        <source>keep your attention on the road</source>
        <translation>auf die Straße achten</translation>
    </message>
    <message>
        <source>return to driving</source>
        <translation>zurück zum Fahren</translation>
    </message>
    <message>
        <source>return to driving now</source>
        <translation>sofort zurück zum Fahren</translation>
    </message>
    <message>
        <source>Distraction</source>
        <translation>Ablenkung</translation>
    </message>
    <message>
        <source>In Drive</source>
        <translation>In „Fahrt“</translation>
    </message>
    <message>
        <source>In Replay</source>
        <translation>In „Wiedergabe“</translation>
    </message>
    <message>
        <source>In Settings</source>
        <translation>In „Einstellungen“</translation>
    </message>
    <message>
        <source>the speed comes from the J1939 address {address}: {name}</source>
        <translation>das Tempo kommt von der J1939-Adresse {address}: {name}</translation>
    </message>
    <message>
        <source>lines of the CAN log {log} that cannot be read: {count}, the first is line {line}</source>
        <translation>Zeilen der CAN-Aufzeichnung {log}, die nicht gelesen werden können: {count}, die erste ist Zeile {line}</translation>
    </message>
    <message>
        <source>the CAN log {log} is damaged after {at_s:.1f} s: what follows cannot be read ({reason})</source>
        <translation>die CAN-Aufzeichnung {log} ist nach {at_s:.1f} s beschädigt: was folgt, kann nicht gelesen werden ({reason})</translation>
    </message>
    <message>
        <source>line {line}, {at_s:.1f} s</source>
        <translation>Zeile {line}, {at_s:.1f} s</translation>
    </message>
    <message>
        <source>the clock of the CAN log {log} jumps by {step_s:.1f} s at {where}: the speed is unknown meanwhile</source>
        <translation>die Uhr der CAN-Aufzeichnung {log} springt um {step_s:.1f} s bei {where}: das Tempo ist derweil unbekannt</translation>
    </message>
    <message>
        <source>{at_s:.1f} s</source>
        <translation>{at_s:.1f} s</translation>
    </message>
    <message>
        <source>{log} has the speed from several J1939 addresses: {address} is used, not {others}</source>
        <translation>{log} hat das Tempo von mehreren J1939-Adressen: {address} wird verwendet, nicht {others}</translation>
    </message>
    <message>
        <source>the speed signal says {unknown} of {count} times that it is unknown: {name}</source>
        <translation>das Tempo ist {unknown} von {count} Mal als unbekannt gemeldet: {name}</translation>
    </message>
    <message>
        <source>the monitor is behind: {percent:.0f} % of the frames are dropped; close other programs, limit the frames (--max-fps), or use a faster engine, machine or a camera with fewer frames a second</source>
        <translation>die Überwachung kommt nicht nach: {percent:.0f} % der Bilder werden verworfen; andere Programme schließen, die Bilder begrenzen (--max-fps) oder ein schnelleres Netz, ein schnelleres Gerät oder eine Kamera mit weniger Bildern je Sekunde verwenden</translation>
    </message>
    <message>
        <source>how long the network&apos;s probabilities are averaged: the time constant of the mean</source>
        <translation>wie lange die Wahrscheinlichkeiten des Netzes gemittelt werden: die Zeitkonstante des Mittels</translation>
    </message>
    <message>
        <source>the most that one frame counts in the mean</source>
        <translation>das meiste, das ein Bild im Mittel zählt</translation>
    </message>
    <message>
        <source>probability of distraction from which the driver is distracted</source>
        <translation>Wahrscheinlichkeit einer Ablenkung, ab der der Fahrer abgelenkt ist</translation>
    </message>
    <message>
        <source>the same while this activity is the likeliest, where it differs</source>
        <translation>dasselbe, solange diese Tätigkeit die wahrscheinlichste ist, wo es abweicht</translation>
    </message>
    <message>
        <source>probability of distraction below which the driver is attentive</source>
        <translation>Wahrscheinlichkeit einer Ablenkung, unter der der Fahrer aufmerksam ist</translation>
    </message>
    <message>
        <source>probability of the likeliest activity below which the model is unsure; C1–C4 count as one</source>
        <translation>Wahrscheinlichkeit der wahrscheinlichsten Tätigkeit, unter der das Modell unsicher ist; C1–C4 zählen als eine</translation>
    </message>
    <message>
        <source>how long an unsure or missing prediction holds the timer; then it is shown</source>
        <translation>wie lange eine unsichere oder fehlende Vorhersage die Uhr anhält; danach wird es gezeigt</translation>
    </message>
    <message>
        <source>how long a frame counts; more time without frames is unknown</source>
        <translation>wie lange ein Bild zählt; mehr Zeit ohne Bilder ist unbekannt</translation>
    </message>
    <message>
        <source>distraction until a caution; a phone in hand is cautioned at once</source>
        <translation>Ablenkung bis „Achtung“; beim Telefon in der Hand kommt es sofort</translation>
    </message>
    <message>
        <source>Warning at high speed</source>
        <translation>Warnung bei hohem Tempo</translation>
    </message>
    <message>
        <source>distraction until a warning (Euro NCAP 3 s, EU 3.5 s)</source>
        <translation>Ablenkung bis zur Warnung (Euro NCAP 3 s, EU 3,5 s)</translation>
    </message>
    <message>
        <source>Warning at low speed</source>
        <translation>Warnung bei geringem Tempo</translation>
    </message>
    <message>
        <source>distraction until a warning (EU 6 s)</source>
        <translation>Ablenkung bis zur Warnung (EU 6 s)</translation>
    </message>
    <message>
        <source>distraction after a warning until a critical alert</source>
        <translation>Ablenkung nach einer Warnung bis zum kritischen Alarm</translation>
    </message>
    <message>
        <source>Critical at high speed</source>
        <translation>Kritisch bei hohem Tempo</translation>
    </message>
    <message>
        <source>distraction in all until a critical alert</source>
        <translation>Ablenkung zusammen bis zum kritischen Alarm</translation>
    </message>
    <message>
        <source>Critical at low speed</source>
        <translation>Kritisch bei geringem Tempo</translation>
    </message>
    <message>
        <source>how much sooner a warning and a critical alert come with a phone in hand</source>
        <translation>wie viel früher beim Telefon in der Hand eine Warnung und ein kritischer Alarm kommen</translation>
    </message>
    <message>
        <source>Weight of radio and passenger</source>
        <translation>Gewicht von Radio und Beifahrer</translation>
    </message>
    <message>
        <source>how much of their time counts: with half of it they have twice the time</source>
        <translation>wie viel von ihrer Zeit zählt: bei der Hälfte haben sie doppelt so viel Zeit</translation>
    </message>
    <message>
        <source>a look at the road that is shorter counts as distraction</source>
        <translation>ein kürzerer Blick auf die Straße zählt als Ablenkung</translation>
    </message>
    <message>
        <source>End of an alert</source>
        <translation>Ende eines Alarms</translation>
    </message>
    <message>
        <source>attention that ends an alert and resets the timer</source>
        <translation>Aufmerksamkeit, die einen Alarm beendet und die Uhr zurückstellt</translation>
    </message>
    <message>
        <source>Many short distractions</source>
        <translation>Viele kurze Ablenkungen</translation>
    </message>
    <message>
        <source>distraction in all that brings a warning (Euro NCAP 10 s)</source>
        <translation>Ablenkung zusammen, die eine Warnung bringt (Euro NCAP 10 s)</translation>
    </message>
    <message>
        <source>Short distractions within</source>
        <translation>Kurze Ablenkungen innerhalb von</translation>
    </message>
    <message>
        <source>the time within which they add up (Euro NCAP 30 s)</source>
        <translation>die Zeit, in der sie sich summieren (Euro NCAP 30 s)</translation>
    </message>
    <message>
        <source>Short distractions forgotten after</source>
        <translation>Kurze Ablenkungen vergessen nach</translation>
    </message>
    <message>
        <source>attention after which they count no more</source>
        <translation>Aufmerksamkeit, nach der sie nicht mehr zählen</translation>
    </message>
    <message>
        <source>No alerts below</source>
        <translation>Keine Alarme unter</translation>
    </message>
    <message>
        <source>slower than this nobody is alerted to a distraction</source>
        <translation>langsamer als das gibt es bei Ablenkung keinen Alarm</translation>
    </message>
    <message>
        <source>High speed above</source>
        <translation>Hohes Tempo über</translation>
    </message>
    <message>
        <source>the times for high speed hold above this</source>
        <translation>darüber gelten die Zeiten für hohes Tempo</translation>
    </message>
    <message>
        <source>how far the speed must go back beyond these two before the rules change again</source>
        <translation>wie weit das Tempo hinter diese beiden zurück muss, ehe die Regeln wieder wechseln</translation>
    </message>
    <message>
        <source>so long without a new speed there is no signal, which counts as high speed</source>
        <translation>so lange ohne neues Tempo gibt es kein Signal, was als hohes Tempo gilt</translation>
    </message>
    <message>
        <source>the highest alert that the driver can hide until it rises or attention has returned</source>
        <translation>der höchste Alarm, den der Fahrer ausblenden kann, bis er steigt oder die Aufmerksamkeit zurück ist</translation>
    </message>
    <message>
        <source>the highest alert about an activity that a snooze keeps away for the journey; never a phone&apos;s</source>
        <translation>der höchste Alarm zu einer Tätigkeit, der sich bis zum Ende der Fahrt stummschalten lässt; nie der beim Telefon</translation>
    </message>
    <message>
        <source>time with the car too slow for alerts and no driver in view; then nothing is snoozed</source>
        <translation>Zeit, in der das Auto zu langsam für Alarme und kein Fahrer im Bild ist; dann ist nichts mehr stumm</translation>
    </message>
    <message>
        <source>A journey without speed ends after</source>
        <translation>Eine Fahrt ohne Tempo endet nach</translation>
    </message>
    <message>
        <source>the same without a speed signal; time in which the camera gives no image does not count</source>
        <translation>dasselbe ohne Temposignal; Zeit ohne Kamerabild zählt nicht</translation>
    </message>
    <message>
        <source>grey level that 95 % of the pixels of a dark image are below</source>
        <translation>Graustufe, unter der bei einem dunklen Bild 95 % der Bildpunkte liegen</translation>
    </message>
    <message>
        <source>standard deviation of the grey levels below which the camera is covered</source>
        <translation>Standardabweichung der Graustufen, unter der die Kamera verdeckt ist</translation>
    </message>
    <message>
        <source>grey levels that the steepest edge of a tile of the image must exceed to have detail</source>
        <translation>Graustufen, die die steilste Kante eines Feldes übersteigt, das Details hat</translation>
    </message>
    <message>
        <source>how many of the 8×6 tiles of the image must have detail</source>
        <translation>wie viele der 8×6 Felder des Bildes Details haben müssen</translation>
    </message>
    <message>
        <source>how long all frames are the same</source>
        <translation>wie lange alle Bilder gleich sind</translation>
    </message>
    <message>
        <source>how long a fault must last</source>
        <translation>wie lange ein Fehler dauern muss</translation>
    </message>
    <message>
        <source>how long the frames must be good</source>
        <translation>wie lange die Bilder gut sein müssen</translation>
    </message>
    <message>
        <source>slower than {gate_kmh:g} {speed_unit}</source>
        <translation>langsamer als {gate_kmh:g} {speed_unit}</translation>
    </message>
    <message>
        <source>without a speed signal, as above {fast_kmh:g} {speed_unit}</source>
        <translation>ohne Temposignal, wie über {fast_kmh:g} {speed_unit}</translation>
    </message>
    <message>
        <source>above {fast_kmh:g} {speed_unit}</source>
        <translation>über {fast_kmh:g} {speed_unit}</translation>
    </message>
    <message>
        <source>from {gate_kmh:g} to {fast_kmh:g} {speed_unit}</source>
        <translation>von {gate_kmh:g} bis {fast_kmh:g} {speed_unit}</translation>
    </message>
    <message>
        <source>Privacy</source>
        <translation>Datenschutz</translation>
    </message>
    <message>
        <source>Acknowledge the alert: hidden until it gets worse</source>
        <translation>Den Alarm bestätigen: verborgen, bis er ernster wird</translation>
    </message>
    <message>
        <source>{lower} must be below {higher}</source>
        <translation>{lower} muss kleiner als {higher} sein</translation>
    </message>
    <message>
        <source>{first}, {second} and {third} must not decrease</source>
        <translation>{first}, {second} und {third} dürfen nicht abnehmen</translation>
    </message>
    <message>
        <source>{lower} must not be below {higher}</source>
        <translation>{lower} darf nicht kleiner als {higher} sein</translation>
    </message>
    <message>
        <source>{lower} must be two thirds of {higher} at most</source>
        <translation>{lower} darf höchstens zwei Drittel von {higher} sein</translation>
    </message>
    <message>
        <source>{lower} and {higher} must be twice {hysteresis} apart</source>
        <translation>{lower} und {higher} müssen doppelt so weit auseinanderliegen wie {hysteresis}</translation>
    </message>
    <message>
        <source>C5 and C9 must be due within 20 s (caution) and 30 s (warning): raise {weight}</source>
        <translation>C5 und C9 müssen innerhalb von 20 s (Achtung) und 30 s (Warnung) gemeldet sein: {weight} erhöhen</translation>
    </message>
    <message>
        <source>a distraction must show within 10 s: lower {smoothing} or {enter}, also by activity</source>
        <translation>eine Ablenkung muss sich in 10 s zeigen: {smoothing} oder {enter} senken, auch je Tätigkeit</translation>
    </message>
    <message>
        <source>Nothing of a drive is kept here (closed loop): no review, no event, no image.</source>
        <translation>Von einer Fahrt wird hier nichts aufbewahrt (geschlossenes System): keine Bewertung, kein Ereignis, kein Bild.</translation>
    </message>
    <message>
        <source>Changed in another view: {what}.</source>
        <translation>In einer anderen Ansicht geändert: {what}.</translation>
    </message>
    <message>
        <source>right-hand drive is locked by the administrator: {file}</source>
        <translation>den Rechtslenker hat der Administrator gesperrt: {file}</translation>
    </message>
    <message>
        <source>there is nothing to hear: this machine has no audio output</source>
        <translation>es ist nichts zu hören: dieses Gerät hat keine Tonausgabe</translation>
    </message>
    <message>
        <source>an alert is active, so this one is not played</source>
        <translation>ein Alarm ist aktiv, also wird dieser nicht gespielt</translation>
    </message>
    <message>
        <source>alerts are muted (M): while driving they make no sound</source>
        <translation>der Ton ist aus (M): auf der Fahrt sind Alarme nicht zu hören</translation>
    </message>
    <message>
        <source>the monitor is behind: frames are {age_s:.1f} s old when they are classified; close other programs, use a faster engine or machine, or check the network</source>
        <translation>die Überwachung kommt nicht nach: Bilder sind {age_s:.1f} s alt, wenn sie klassifiziert werden; andere Programme schließen, ein schnelleres Netz oder Gerät verwenden oder die Netzwerkverbindung prüfen</translation>
    </message>
    <message>
        <source>nothing is recorded, since nothing keeps the drive: name a store with --store DIR</source>
        <translation>nichts wird aufgezeichnet, da nichts die Fahrt aufbewahrt: mit --store DIR einen Speicher angeben</translation>
    </message>
    <message>
        <source>nothing of the drive is kept, as {file} says: {options} does not hold</source>
        <translation>von der Fahrt wird nichts aufbewahrt, wie {file} es vorgibt: {options} gilt nicht</translation>
    </message>
    <message>
        <source>what is recorded is locked by {file} ({what}): --record {asked} does not hold</source>
        <translation>was aufgezeichnet wird, ist durch {file} gesperrt ({what}): --record {asked} gilt nicht</translation>
    </message>
    <message>
        <source>{what}: nothing of the drive is kept</source>
        <translation>{what}: von der Fahrt wird nichts aufbewahrt</translation>
    </message>
    <message>
        <source>the recording</source>
        <translation>die Aufzeichnung</translation>
    </message>
    <message>
        <source>the service manager</source>
        <translation>die Dienstverwaltung</translation>
    </message>
    <message>
        <source>the system&apos;s sound is muted, or its volume is 0</source>
        <translation>der Ton des Systems ist aus oder seine Lautstärke 0</translation>
    </message>
    <message>
        <source>the library miniaudio cannot be loaded: {error}</source>
        <translation>die Bibliothek miniaudio kann nicht geladen werden: {error}</translation>
    </message>
    <message>
        <source>there is no sound device: connect a speaker, or give --on-alert a command</source>
        <translation>es gibt kein Tongerät: einen Lautsprecher anschließen oder --on-alert einen Befehl geben</translation>
    </message>
    <message>
        <source>the store cannot be written for long: images of incidents are no longer kept</source>
        <translation>der Speicher kann lange nicht geschrieben werden: Bilder von Vorfällen werden nicht mehr aufbewahrt</translation>
    </message>
    <message>
        <source>the port of the metrics</source>
        <translation>der Port der Messwerte</translation>
    </message>
    <message>
        <source>cannot listen at {address} for --metrics: {what}: end what listens there, or choose another port</source>
        <translation>an {address} kann für --metrics nicht gelauscht werden: {what}: was dort lauscht beenden, oder einen anderen Port wählen</translation>
    </message>
    <message>
        <source>{receiver}: Home Assistant does not hear of the device until the next start: {problem}</source>
        <translation>{receiver}: Home Assistant erfährt bis zum nächsten Start nichts vom Gerät: {problem}</translation>
    </message>
    <message>
        <source>a header or the address cannot be sent as it is</source>
        <translation>ein Header oder die Adresse lässt sich so nicht senden</translation>
    </message>
    <message>
        <source>{name}: no image from {from_s:.1f} to {to_s:.1f} s: with fewer than one a second nobody is ever alerted</source>
        <translation>{name}: kein Bild von {from_s:.1f} bis {to_s:.1f} s: bei weniger als einem pro Sekunde gibt es nie einen Alarm</translation>
    </message>
    <message>
        <source>{name}: messages without an image that can be used: {count} ({reason})</source>
        <translation>{name}: Nachrichten ohne brauchbares Bild: {count} ({reason})</translation>
    </message>
    <message>
        <source>{name} gives no frame: {advice}; waiting for it</source>
        <translation>{name} liefert kein Bild: {advice}; es wird darauf gewartet</translation>
    </message>
    <message>
        <source>{name} gives no frame ({problem}): {advice}; waiting for it</source>
        <translation>{name} liefert kein Bild ({problem}): {advice}; es wird darauf gewartet</translation>
    </message>
    <message>
        <source>{name} gives frames now</source>
        <translation>{name} liefert jetzt Bilder</translation>
    </message>
    <message>
        <source>; {left_out}</source>
        <translation>; {left_out}</translation>
    </message>
    <message>
        <source>{folder} holds no images ({names}){said}: name another folder, or a video</source>
        <translation>{folder} enthält keine Bilder ({names}){said}: einen anderen Ordner oder ein Video angeben</translation>
    </message>
    <message>
        <source>none of the {count} images in {folder} can be read: copy them again</source>
        <translation>keines der {count} Bilder in {folder} ist lesbar: neu kopieren</translation>
    </message>
    <message>
        <source>{what}: skipped ({count} so far)</source>
        <translation>{what}: übersprungen (bisher {count})</translation>
    </message>
    <message>
        <source>{name} is watched: write {path} for the file or folder of that name</source>
        <translation>{name} wird überwacht: die Datei oder den Ordner dieses Namens schreibt man {path}</translation>
    </message>
    <message>
        <source>there is no drive {name}: open a video file or a folder of images</source>
        <translation>die Fahrt {name} gibt es nicht: eine Videodatei oder einen Bilderordner öffnen</translation>
    </message>
    <message>
        <source>this stream&apos;s address names no host, or a port that cannot be: write it as rtsp://192.168.1.20:554/cabin; in a password / is written %2F, ? %3F, # %23 and @ %40</source>
        <translation>die Adresse dieses Streams nennt keinen Host oder einen Port, den es nicht gibt: rtsp://192.168.1.20:554/cabin ist richtig; in einem Passwort steht %2F für /, %3F für ?, %23 für # und %40 für @</translation>
    </message>
    <message>
        <source>no stream can be read from an address that begins with {scheme}://: write rtsp://, http:// or https://</source>
        <translation>von einer Adresse, die mit {scheme}:// beginnt, ist kein Stream lesbar: rtsp://, http:// oder https:// angeben</translation>
    </message>
    <message>
        <source>no such source: {url}: name a file that is there</source>
        <translation>die Quelle gibt es nicht: {url}: eine Datei angeben, die da ist</translation>
    </message>
    <message>
        <source>Waiting for the first image</source>
        <translation>Wartet auf das erste Bild</translation>
    </message>
    <message>
        <source>Alerts off</source>
        <translation>Alarme aus</translation>
    </message>
    <message>
        <source>Check the camera&apos;s view</source>
        <translation>Sicht der Kamera prüfen</translation>
    </message>
    <message>
        <source>turn alerts on once the view is fine</source>
        <translation>Alarme einschalten, sobald die Sicht gut ist</translation>
    </message>
    <message>
        <source>Not watching</source>
        <translation>Sieht nichts</translation>
    </message>
    <message>
        <source>Standby</source>
        <translation>Bereit</translation>
    </message>
    <message>
        <source>The car is slow</source>
        <translation>Das Auto fährt langsam</translation>
    </message>
    <message>
        <source>no alerts at this speed</source>
        <translation>bei diesem Tempo keine Alarme</translation>
    </message>
    <message>
        <source>Watching</source>
        <translation>Überwacht</translation>
    </message>
    <message>
        <source>distraction timer is running</source>
        <translation>die Uhr der Ablenkung läuft</translation>
    </message>
    <message>
        <source>Not sure what the driver is doing</source>
        <translation>Nicht sicher, was der Fahrer tut</translation>
    </message>
    <message>
        <source>looking closer</source>
        <translation>sieht genauer hin</translation>
    </message>
    <message>
        <source>The driver cannot be seen</source>
        <translation>Der Fahrer ist nicht zu sehen</translation>
    </message>
    <message>
        <source>waiting for a usable image</source>
        <translation>wartet auf ein brauchbares Bild</translation>
    </message>
    <message>
        <source>Attentive</source>
        <translation>Aufmerksam</translation>
    </message>
    <message>
        <source>no distraction</source>
        <translation>keine Ablenkung</translation>
    </message>
    <message>
        <source>hidden until it gets worse</source>
        <translation>verborgen, bis es ernster wird</translation>
    </message>
    <message>
        <source>No source is open</source>
        <translation>Keine Quelle ist offen</translation>
    </message>
    <message>
        <source>Choose a camera, a video, a folder of images or a stream, or drop a file here.</source>
        <translation>Eine Kamera, ein Video, einen Bilderordner oder einen Stream wählen oder eine Datei hierher ziehen.</translation>
    </message>
    <message>
        <source>Opening {0}</source>
        <translation>Öffnet {0}</translation>
    </message>
    <message>
        <source>Snoozed</source>
        <translation>Stumm</translation>
    </message>
    <message>
        <source>no caution about it on this journey</source>
        <translation>für diese Fahrt stumm</translation>
    </message>
    <message>
        <source>Acknowledged</source>
        <translation>Bestätigt</translation>
    </message>
    <message>
        <source>there are no events to export yet</source>
        <translation>es gibt noch keine Ereignisse zu exportieren</translation>
    </message>
    <message>
        <source>Loading the engine and the source.</source>
        <translation>Lädt das Netz und die Quelle.</translation>
    </message>
    <message>
        <source>{0} has ended.</source>
        <translation>{0} ist zu Ende.</translation>
    </message>
    <message>
        <source>Does the camera see the driver?</source>
        <translation>Sieht die Kamera den Fahrer?</translation>
    </message>
    <message>
        <source>It belongs on the passenger&apos;s side, looking at the driver&apos;s profile. Check it before the first drive.</source>
        <translation>Sie gehört auf die Beifahrerseite, mit Blick auf das Profil des Fahrers. Vor der ersten Fahrt prüfen.</translation>
    </message>
    <message>
        <source>The engine cannot be opened</source>
        <translation>Das Netz lässt sich nicht öffnen</translation>
    </message>
    <message>
        <source>The source cannot be opened</source>
        <translation>Die Quelle lässt sich nicht öffnen</translation>
    </message>
    <message>
        <source>The drive has stopped</source>
        <translation>Die Fahrt ist abgebrochen</translation>
    </message>
    <message>
        <source>Replay a drive</source>
        <translation>Eine Fahrt wiedergeben</translation>
    </message>
    <message>
        <source>Open a recorded drive to see what the network saw, compare it with labels, or label it.</source>
        <translation>Eine aufgezeichnete Fahrt öffnen, um zu sehen, was das Netz sah, es mit Labels zu vergleichen oder sie zu labeln.</translation>
    </message>
    <message>
        <source>Reading the recording.</source>
        <translation>Liest die Aufnahme.</translation>
    </message>
    <message>
        <source>The drive cannot be shown</source>
        <translation>Die Fahrt lässt sich nicht zeigen</translation>
    </message>
    <message>
        <source>Choose a source…</source>
        <translation>Quelle wählen…</translation>
    </message>
    <message>
        <source>Open a drive…</source>
        <translation>Fahrt öffnen…</translation>
    </message>
    <message>
        <source>Check the view</source>
        <translation>Sicht prüfen</translation>
    </message>
    <message>
        <source>Turn alerts on without a check</source>
        <translation>Alarme ohne Prüfung einschalten</translation>
    </message>
    <message>
        <source>Play the demo drive</source>
        <translation>Demofahrt abspielen</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Noch einmal versuchen</translation>
    </message>
</context>
</TS>
