using ActorStreams.Core;
using ActorStreams.Core.Time;

namespace ActorStreams.Operators.Patterns.Runtime;

/// <summary>A key's partial matches.</summary>
internal struct KeyRuns
{
    /// <summary>The first of its runs; -1: none.</summary>
    public int First;

    /// <summary>The first of its complete matches that wait for earlier ones; -1: none.</summary>
    public int FirstComplete;

    /// <summary>How many names the journal has given to its nodes; negative: the journal has nothing of it.</summary>
    public int Names;

    /// <summary>When the next of its runs is over.</summary>
    public long Deadline;

    /// <summary>When the region looks at the key next; not stored.</summary>
    public long Alarm;

    public static KeyRuns None => new() { First = -1, FirstComplete = -1, Names = -1, Deadline = EventTime.MaxValue, Alarm = EventTime.MaxValue };

    public readonly bool IsEmpty => First < 0 && FirstComplete < 0;
}

/// <summary>What a matcher does with what it finds.</summary>
internal interface IMatchOutput
{
    /// <summary>A match whose last node is <paramref name="node"/>, found at <paramref name="time"/>; the node is gone after the call.</summary>
    void OnMatch(int node, long time);

    /// <summary>A partial match whose time was over at <paramref name="deadline"/>.</summary>
    void OnTimedOut(int node, int waitedFor, long deadline);
}

/// <summary>Runs the automaton over the rows of one key at a time.</summary>
/// <remarks>
/// A row is tried on all runs of its key before any of them is changed: if a condition throws, or there would be too many runs, the row leaves no trace.
/// </remarks>
internal sealed class Matcher<T>(Automaton<T> automaton, MatchBuffer<T> buffer, IMatchOutput output)
{
    /// <summary>Marks a next run that is one of the present ones as it is.</summary>
    private const int Kept = -2;

    private readonly Evaluation<T> _evaluation = new(automaton, buffer);
    private readonly bool _skips = automaton.Skip.Kind != SkipKind.None;
    private readonly int _skipStage = automaton.Skip.Stage is null ? -1 : automaton.StageOf(automaton.Skip.Stage);
    private readonly bool _hasGaps = Array.Exists(automaton.States, state => state.Gap > 0);
    private Run[] _next = new Run[16];
    private bool[] _kept = new bool[16];
    private Run[] _complete = new Run[4];
    private int _nextCount;
    private int _completeCount;
    private int _event;
    private bool _isChanged;
    private long _nextNumber;

    /// <summary>Rows that would have made more runs than a key may have.</summary>
    public long Capped { get; private set; }

    /// <summary>The number of the next row that begins or continues a match.</summary>
    public long NextNumber
    {
        get => _nextNumber;
        set => _nextNumber = value;
    }

    public void RestoreCapped(long count) => Capped = count;

    /// <summary>Whether a row of a key without runs may begin one. Throws what the condition throws.</summary>
    public bool MayStart(in T row) => automaton.StartFilter is null || automaton.StartFilter(row);

    /// <summary>Ends what is over at <paramref name="now"/>, in the order of the deadlines.</summary>
    /// <returns>Whether anything changed.</returns>
    public bool Expire(ref KeyRuns key, long now)
    {
        bool isChanged = false;
        while (key.Deadline <= now && key.Deadline != EventTime.MaxValue)
        {
            isChanged = true;
            ExpireOnce(ref key, key.Deadline);
        }

        return isChanged;
    }

    /// <summary>Tries a row on the runs of its key, and lets it begin one.</summary>
    /// <returns>Whether anything changed.</returns>
    public bool OnRow(ref KeyRuns key, in T row, long time, long position)
    {
        if (!OnRow(ref key, row, time, _nextNumber, position))
            return false;
        if (_event >= 0)
            _nextNumber++;
        return true;
    }

    /// <summary>The same, for a row that has a number: one that grows from row to row of the key and event time.</summary>
    public bool OnRow(ref KeyRuns key, in T row, long time, long number, long position)
    {
        _evaluation.BeginRow(row, time);
        (_nextCount, _completeCount, _event, _isChanged) = (0, 0, -1, false);
        try
        {
            int runs = 0;
            for (int at = key.First; at >= 0; at = buffer.Run(at).Next)
            {
                if (runs == _kept.Length)
                    Array.Resize(ref _kept, runs * 2);
                _kept[runs++] = Try(buffer.Run(at), time, number, position);
            }

            int before = _nextCount + _completeCount;
            Try(new Run { State = automaton.Start, Node = -1, First = -1 }, time, number, position);
            _isChanged |= _nextCount + _completeCount > before;
            if (_nextCount > automaton.MaxRuns)
            {
                Capped++;
                throw new PatternLimitException($"The row would make {_nextCount} partial matches of its key; the pattern allows {automaton.MaxRuns}. " +
                    "Bound the pattern more tightly, or raise MaxPartialMatches.");
            }

            if (_skips && _completeCount > 0)
                CheckSkips();
        }
        catch
        {
            DropNew();
            throw;
        }

        if (!_isChanged)
        {
            DropNew();
            return false;
        }

        Commit(ref key, time);
        return true;
    }

    /// <summary>When a run is over.</summary>
    public long DeadlineOf(in Run run)
    {
        long deadline = automaton.Within > 0 ? EventTime.AddSaturated(buffer.Event(run.First).Time, automaton.Within) : EventTime.MaxValue;
        long gap = automaton.States[run.State].Gap;
        return gap > 0 ? Math.Min(deadline, EventTime.AddSaturated(buffer.Event(buffer.Node(run.Node).Event).Time, gap)) : deadline;
    }

    /// <summary>Finds the next deadline of a key anew.</summary>
    public void FindDeadline(ref KeyRuns key)
    {
        key.Deadline = EventTime.MaxValue;
        for (int at = key.First; at >= 0; at = buffer.Run(at).Next)
            key.Deadline = Math.Min(key.Deadline, DeadlineOf(buffer.Run(at)));
    }

    /// <returns>Whether the run goes on as it is: it is among the next ones then, and its hold on its node goes over to them.</returns>
    private bool Try(in Run run, long time, long number, long position)
    {
        State<T> state = automaton.States[run.State];
        bool isStart = run.Node < 0;
        _evaluation.BeginRun(run.Node);
        if (state.Stop != Test<T>.Never && state.Stop.Passes(_evaluation))
        {
            // Matches that the row completes at the same time stay; what would have gone on does not.
            Follow(run, state, isStart, time, number, position, keeps: false);
            _isChanged |= !isStart;
            return false;
        }

        int before = _nextCount + _completeCount;
        bool isTaken = Follow(run, state, isStart, time, number, position, keeps: true);
        if (isStart)
            return false;
        if (!isTaken && state.Stays)
        {
            Add(ref _next, ref _nextCount, run with { Next = Kept });
            return true;
        }

        bool isSame = _nextCount + _completeCount == before + 1 && !isTaken && _nextCount > 0 && _next[_nextCount - 1].State == run.State;
        _isChanged |= !isSame;
        return false;
    }

    /// <returns>Whether the row was taken.</returns>
    private bool Follow(in Run run, State<T> state, bool isStart, long time, long number, long position, bool keeps)
    {
        bool isTaken = false;
        foreach (Edge<T> edge in state.Edges)
        {
            if (edge.Step == Step.Ignore)
            {
                if (isStart || !keeps)
                    continue;
                if (state.Stays && !isTaken)
                    break;
                if (!edge.Test.Passes(_evaluation))
                    continue;
                if (edge.Target == Automaton<T>.Final)
                    Add(ref _complete, ref _completeCount, new Run { State = Automaton<T>.Final, Node = run.Node, First = run.First });
                else
                    Add(ref _next, ref _nextCount, new Run { State = edge.Target, Node = run.Node, First = run.First, Stored = edge.Target == run.State ? run.Stored : 0 });
                buffer.Hold(run.Node);
                continue;
            }

            if (edge.Gap > 0 && !isStart && time - buffer.Event(buffer.Node(run.Node).Event).Time >= edge.Gap)
                continue;
            if (!edge.Test.Passes(_evaluation))
                continue;
            isTaken = true;
            Take(run, edge, isStart, number, position, keeps);
        }

        return isTaken;
    }

    private void Take(in Run run, Edge<T> edge, bool isStart, long number, long position, bool keeps)
    {
        State<T> target = automaton.States[edge.Target];
        bool isMatch = edge.Target == Automaton<T>.Final || (target.IsMatch != Test<T>.Never && target.IsMatch.Passes(_evaluation));
        if (!keeps && !isMatch)
            return;
        if (_event < 0)
            _event = buffer.AddEvent(_evaluation.Row, _evaluation.Time, number, position);
        int node = buffer.AddNode(run.Node, _event, edge.Stage, isStart ? 0 : buffer.CountOf(run.Node, edge.Stage));
        int first = isStart ? _event : run.First;
        if (keeps && edge.Target != Automaton<T>.Final && target.Edges.Length > 0)
        {
            Add(ref _next, ref _nextCount, new Run { State = edge.Target, Node = node, First = first });
            buffer.Hold(node);
        }

        if (keeps && target.Waiting >= 0)
        {
            Add(ref _next, ref _nextCount, new Run { State = target.Waiting, Node = node, First = first });
            buffer.Hold(node);
        }

        if (isMatch)
        {
            Add(ref _complete, ref _completeCount, new Run { State = Automaton<T>.Final, Node = node, First = first });
            buffer.Hold(node);
        }

        if (buffer.Node(node).References == 0)
        {
            buffer.Hold(node);
            DropNode(node);
        }
    }

    /// <summary>Releases a node without letting go of the row in question, which others may still take.</summary>
    private void DropNode(int node)
    {
        bool isHeld = _event >= 0;
        if (isHeld)
            buffer.Event(_event).References++;
        buffer.Release(node);
        if (isHeld)
            buffer.Event(_event).References--;
    }

    private static void Add(ref Run[] runs, ref int count, in Run run)
    {
        if (count == runs.Length)
            Array.Resize(ref runs, count * 2);
        runs[count++] = run;
    }

    private void DropNew()
    {
        for (int i = 0; i < _nextCount; i++)
        {
            if (_next[i].Next != Kept)
                DropNode(_next[i].Node);
        }

        for (int i = 0; i < _completeCount; i++)
            DropNode(_complete[i].Node);
        if (_event >= 0)
            buffer.FreeIfUnused(_event);
        _event = -1;
    }

    private void Commit(ref KeyRuns key, long time)
    {
        int complete = key.FirstComplete;
        ReleaseAll(key.First);
        if (_event >= 0)
            buffer.FreeIfUnused(_event);
        if (!_skips)
        {
            for (int i = 0; i < _completeCount; i++)
                Emit(_complete[i].Node, time);
        }
        else
        {
            MergeWaiting(complete);
            ReleaseMatches(time);
        }

        Store(ref key);
    }

    private void ReleaseAll(int first)
    {
        int number = 0;
        for (int at = first; at >= 0;)
        {
            Run run = buffer.Run(at);
            if (!_kept[number++])
                DropNode(run.Node);
            buffer.FreeRun(at);
            at = run.Next;
        }
    }

    /// <summary>Writes the runs back. Without gaps the first of them is over first: they are in the order of their first rows.</summary>
    private void Store(ref KeyRuns key)
    {
        key.First = Chain(_next, _nextCount);
        key.FirstComplete = _skips ? Chain(_complete, _completeCount) : -1;
        key.Deadline = EventTime.MaxValue;
        for (int i = 0; i < (_hasGaps ? _nextCount : Math.Min(_nextCount, 1)); i++)
            key.Deadline = Math.Min(key.Deadline, DeadlineOf(_next[i]));
    }

    private int Chain(Run[] runs, int count)
    {
        int next = -1;
        for (int i = count - 1; i >= 0; i--)
        {
            int at = buffer.AddRun();
            buffer.Run(at) = runs[i] with { Next = next };
            next = at;
        }

        return next;
    }

    private void ExpireOnce(ref KeyRuns key, long now)
    {
        (_nextCount, _completeCount, _event) = (0, 0, -1);
        int complete = key.FirstComplete;
        for (int at = key.First; at >= 0;)
        {
            Run run = buffer.Run(at);
            buffer.FreeRun(at);
            at = run.Next;
            if (DeadlineOf(run) > now)
            {
                Add(ref _next, ref _nextCount, run);
            }
            else if (automaton.States[run.State].IsPending)
            {
                Add(ref _complete, ref _completeCount, run with { State = Automaton<T>.Final, Stored = 0 });
            }
            else
            {
                output.OnTimedOut(run.Node, automaton.States[run.State].Stage, now);
                buffer.Release(run.Node);
            }
        }

        if (!_skips)
        {
            for (int i = 0; i < _completeCount; i++)
                Emit(_complete[i].Node, now);
            _completeCount = 0;
        }
        else
        {
            MergeWaiting(complete);
            ReleaseMatches(now);
        }

        Store(ref key);
    }

    private void Emit(int node, long time)
    {
        output.OnMatch(node, time);
        buffer.Release(node);
    }

    // What follows is for skip strategies only.

    /// <summary>Puts the matches that waited in front of the new ones, in the order of their first rows.</summary>
    private void MergeWaiting(int waiting)
    {
        int count = 0;
        for (int at = waiting; at >= 0; at = buffer.Run(at).Next)
            count++;
        if (count == 0 && _completeCount < 2)
            return;
        var all = new List<Run>(count + _completeCount);
        for (int at = waiting; at >= 0;)
        {
            Run run = buffer.Run(at);
            all.Add(run);
            buffer.FreeRun(at);
            at = run.Next;
        }

        all.AddRange(_complete.AsSpan(0, _completeCount));
        _completeCount = 0;
        foreach (Run run in all.OrderBy(run => PlaceOf(run.First)))
            Add(ref _complete, ref _completeCount, run);
    }

    /// <summary>Lets matches go that no run began before, each discarding what its strategy says.</summary>
    private void ReleaseMatches(long time)
    {
        while (_completeCount > 0)
        {
            Run match = _complete[0];
            Place start = PlaceOf(match.First);
            for (int i = 0; i < _nextCount; i++)
            {
                if (PlaceOf(_next[i].First) < start)
                    return;
            }

            _completeCount--;
            Array.Copy(_complete, 1, _complete, 0, _completeCount);
            Place bound = BoundOf(match, start);
            Prune(_next, ref _nextCount, bound);
            Prune(_complete, ref _completeCount, bound);
            Emit(match.Node, time);
        }
    }

    private Place PlaceOf(int eventAt)
    {
        ref EventCell<T> cell = ref buffer.Event(eventAt);
        return new Place(cell.Time, cell.Number);
    }

    /// <summary>What began before it is discarded.</summary>
    private Place BoundOf(in Run match, Place start) => automaton.Skip.Kind switch
    {
        SkipKind.ToNext => start.Next,
        SkipKind.PastLast => PlaceOf(buffer.Node(match.Node).Event).Next,
        _ => SkipNode(match.Node) is >= 0 and int node ? PlaceOf(buffer.Node(node).Event) : new Place(long.MinValue, long.MinValue),
    };

    private int SkipNode(int node)
    {
        int found = buffer.Newest(node, _skipStage);
        if (automaton.Skip.Kind == SkipKind.ToLast)
            return found;
        for (int at = found; at >= 0; at = buffer.Newest(buffer.Node(at).Previous, _skipStage))
            found = at;
        return found;
    }

    private void Prune(Run[] runs, ref int count, Place bound)
    {
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            if (PlaceOf(runs[i].First) < bound)
                buffer.Release(runs[i].Node);
            else
                runs[kept++] = runs[i];
        }

        count = kept;
    }

    /// <summary>With <c>failOnMiss</c>, a match that cannot be skipped to is an error of the row that completes it.</summary>
    private void CheckSkips()
    {
        if (!automaton.Skip.FailOnMiss)
            return;
        for (int i = 0; i < _completeCount; i++)
        {
            int node = SkipNode(_complete[i].Node);
            if (node < 0)
                throw new PatternLimitException($"After the match the pattern skips to stage '{automaton.Skip.Stage}', of which the match has no row.");
            if (buffer.Node(node).Event == _complete[i].First)
                throw new PatternLimitException($"After the match the pattern skips to stage '{automaton.Skip.Stage}', with whose row the match began: it would be found again and again.");
        }
    }
}

/// <summary>A row's place in the order in which its key's rows are matched.</summary>
internal readonly record struct Place(long Time, long Number) : IComparable<Place>
{
    /// <summary>Before every row.</summary>
    public static Place First => new(EventTime.MinValue, long.MinValue);

    public Place Next => this with { Number = Number + 1 };

    public static bool operator <(Place left, Place right) => left.CompareTo(right) < 0;

    public static bool operator >(Place left, Place right) => left.CompareTo(right) > 0;

    public int CompareTo(Place other) => Time != other.Time ? Time.CompareTo(other.Time) : Number.CompareTo(other.Number);
}

/// <summary>A row that a pattern cannot take; treated as the operator's error policy says.</summary>
internal sealed class PatternLimitException(string message) : ActorStreamsException(message);
