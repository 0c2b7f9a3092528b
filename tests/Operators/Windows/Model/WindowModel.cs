using ActorStreams.Authoring;

namespace ActorStreams.Operators.Tests.Windows.Model;

/// <summary>A row of a random case.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Id">Unique in the case.</param>
/// <param name="Time">Its event time.</param>
/// <param name="Source">The watermark of the partition that it comes from.</param>
public readonly record struct ModelRow(string Key, int Id, long Time, long Source = EventTime.MinValue);

/// <summary>The windows of all keys with all their rows: every pane is computed from the rows, every window is looked at whenever time
/// moves.</summary>
internal sealed class WindowModel(WindowCase one)
{
    private const int MostFirings = 64;

    private readonly Dictionary<string, List<Open>> _keys = new(StringComparer.Ordinal);
    private readonly List<string> _output = [];
    private long _watermark = EventTime.MinValue;
    private long _clock;

    public int OpenWindows => _keys.Values.Sum(windows => windows.Count);

    private long Progress => !one.InProcessingTime || _watermark == EventTime.MaxValue ? _watermark : _clock;

    /// <summary>What came out since it was called last.</summary>
    public string[] Take()
    {
        string[] output = [.. _output];
        _output.Clear();
        return output;
    }

    public void Row(ModelRow row)
    {
        long time = one.InProcessingTime ? _clock : row.Time;
        List<Window> windows = one.WindowsOf(row, time);
        if (!_keys.TryGetValue(row.Key, out List<Open>? open))
            _keys[row.Key] = open = [];
        bool isAlive = false;
        foreach (Window window in windows)
            isAlive |= one.Merges ? AddMerging(open, window, row, time) : Add(open, window, row, time);
        if (!isAlive && windows.Count > 0)
            _output.Add($"late {row.Id}");
    }

    public void Watermark(long watermark)
    {
        if (watermark <= _watermark)
            return;
        _watermark = watermark;
        LookAtAll();
    }

    public void Clock(long clock)
    {
        if (clock <= _clock)
            return;
        _clock = clock;
        LookAtAll();
    }

    private long SourceOf(ModelRow row) => one.IsBySource ? row.Source : EventTime.MinValue;

    private Now NowOf(Window window) => new(window, Progress, one.ExpiryOf(window), _clock, one.Merges);

    private bool Add(List<Open> open, Window window, ModelRow row, long time)
    {
        if (one.ExpiryOf(window) <= Math.Max(Progress, SourceOf(row)))
            return false;
        Open? found = open.Find(other => other.Window == window);
        if (found is null)
            open.Add(found = new Open(window, one.ModelTrigger.Fresh(), Progress >= window.End));
        if (!found.IsClosed)
            AddTo(found, row, time);
        return true;
    }

    private bool AddMerging(List<Open> open, Window window, ModelRow row, long time)
    {
        if (SourceOf(row) != EventTime.MinValue && window.Start + one.Lateness < row.Source)
            return false;
        Window merged = window;
        var parts = new List<Open>();
        foreach (Open other in open.Where(other => !other.IsClosed && one.Meet(other.Window, window)).OrderBy(other => other.Window.Start))
        {
            var union = new Window(Math.Min(merged.Start, other.Window.Start), Math.Max(merged.End, other.Window.End));
            if (union != other.Window && union.End - union.Start > one.MaximumLength)
                continue;
            merged = union;
            parts.Add(other);
        }

        if (parts.Count == 0 && one.ExpiryOf(window) <= Progress)
            return false;
        if (parts.Count == 0 && open.Exists(other => other.IsClosed && other.Window.Start <= window.Start &&
            other.Window.End >= window.End))
            return true;
        open.RemoveAll(other => other.IsClosed && other.Window == merged);
        Open into;
        if (parts.Count == 1 && parts[0].Window == merged)
        {
            into = parts[0];
        }
        else
        {
            Now now = NowOf(merged);
            into = new Open(merged, one.ModelTrigger.Fresh(), now.IsComplete);
            if (parts.Count > 0)
                into.Trigger.Merge([.. parts.Select(part => part.Trigger)], now);
            foreach (Open part in parts)
                into.TakeOver(part);
            open.RemoveAll(parts.Contains);
            open.Add(into);
        }

        AddTo(into, row, time);
        return true;
    }

    private void AddTo(Open window, ModelRow row, long time)
    {
        window.All.Add((row.Id, time));
        window.New.Add((row.Id, time));
        Now now = NowOf(window.Window);
        window.Trigger.OnRow(now, time);
        Ask(window, row.Key, now, isCompleting: false);
    }

    private void LookAtAll()
    {
        foreach ((string key, List<Open> open) in _keys)
        {
            foreach (Open window in open.ToArray())
                LookAt(open, window, key);
        }
    }

    private void LookAt(List<Open> open, Open window, string key)
    {
        Now now = NowOf(window.Window);
        bool isCompleting = now.IsComplete && !window.IsCompleted;
        window.IsCompleted |= now.IsComplete;
        if (now.IsExpired)
        {
            open.Remove(window);
            if (window.IsClosed || Ask(window, key, now, isCompleting) || window.IsClosed)
                return;
            if (window.New.Count > 0 || one.Closing == FiringBehaviour.FireAlways)
                Emit(window, key, now, isCompleting, isLast: true);
        }
        else if (!window.IsClosed)
        {
            if (isCompleting || IsDue(window, now))
                Ask(window, key, now, isCompleting);
        }
    }

    private static bool IsDue(Open window, Now now) => window.Trigger.Due(now, byClock: false) || window.Trigger.Due(now, byClock: true);

    private bool Ask(Open window, string key, Now now, bool isCompleting)
    {
        bool shows = AskOnce(window, key, now, isCompleting);
        for (int again = 0; again < MostFirings && !window.IsClosed && IsDue(window, now) && window.Trigger.Ready(now); again++)
            shows |= AskOnce(window, key, now, isCompleting: false);
        return shows;
    }

    private bool AskOnce(Open window, string key, Now now, bool isCompleting)
    {
        if (!window.Trigger.Ready(now))
            return false;
        bool shows = window.New.Count > 0
            || (isCompleting ? one.OnTime == FiringBehaviour.FireAlways : one.Mode != PaneMode.Discarding
                && window.Trigger.ShowsAgain(now));
        window.Trigger.Fire(now);
        if (shows)
            Emit(window, key, now, isCompleting, window.Trigger.Done || now.IsExpired);
        window.IsClosed = window.Trigger.Done;
        return shows;
    }

    private void Emit(Open window, string key, Now now, bool isCompleting, bool isLast)
    {
        PaneTiming timing = isCompleting ? PaneTiming.OnTime : now.IsComplete ? PaneTiming.Late : PaneTiming.Early;
        string values = string.Join(' ', (one.Mode == PaneMode.Discarding ? window.New : window.All).Select(row => row.Id).Order());
        long time = now.Window.MaxTime;
        if (window.New.Count > 0 && one.ResultTime == ResultTime.Earliest)
            time = window.New.Min(row => row.Time);
        else if (window.New.Count > 0 && one.ResultTime == ResultTime.Latest)
            time = window.New.Max(row => row.Time);
        string pane =
            $"{key} [{now.Window.Start},{now.Window.End}) {{{values}}} {timing} {window.Panes} {(timing == PaneTiming.Early ? -1 : window.OnTimePanes)} {isLast}";
        foreach (string old in window.Emitted)
            _output.Add($"-1 {old} at {time}");
        window.Emitted.Clear();
        if (one.Mode == PaneMode.Retracting && !isLast)
            window.Emitted.Add(pane);
        _output.Add($"+1 {pane} at {time}");
        window.Panes++;
        window.OnTimePanes += timing == PaneTiming.Early ? 0 : 1;
        window.New.Clear();
    }

    private sealed class Open(Window window, ModelTrigger trigger, bool isCompleted)
    {
        public Window Window { get; } = window;

        public ModelTrigger Trigger { get; } = trigger;

        public List<(int Id, long Time)> All { get; } = [];

        public List<(int Id, long Time)> New { get; } = [];

        public List<string> Emitted { get; } = [];

        public bool IsCompleted { get; set; } = isCompleted;

        public bool IsClosed { get; set; }

        public int Panes { get; set; }

        public int OnTimePanes { get; set; }

        public void TakeOver(Open part)
        {
            All.AddRange(part.All);
            New.AddRange(part.New);
            Emitted.AddRange(part.Emitted);
            if (part.Window == Window)
                (Panes, OnTimePanes) = (part.Panes, part.OnTimePanes);
        }
    }
}
