using ActorStreams.Operators.Patterns.Compilation;
using ActorStreams.Operators.Patterns.Text;

namespace ActorStreams.Operators.Patterns.Matching;

/// <summary>What a matcher does with what it finds.</summary>
internal interface IMatchOutput
{
    /// <summary>A match whose last node is <paramref name="node"/>, found at <paramref name="time"/>; the node is gone after the
    /// call.</summary>
    void OnMatch(int node, long time);

    /// <summary>A partial match whose time was over at <paramref name="deadline"/>.</summary>
    void OnTimedOut(int node, int waitedFor, long deadline);
}

/// <summary>Runs the automaton over the rows of one key at a time.</summary>
/// <remarks>
/// A row is tried on all runs of its key before any of them is changed: if a condition throws, or there would be too many runs, the row
/// leaves no trace.
/// </remarks>
internal sealed class Matcher<T>(Automaton<T> automaton, MatchBuffer<T> buffer, IMatchOutput output)
{
    /// <summary>Marks a next run that is one of the present ones as it is.</summary>
    private const int Kept = -2;

    private readonly Evaluation<T> _evaluation = new(automaton, buffer);
    private readonly RunDeadlines<T> _deadlines = new(automaton, buffer);
    private readonly MatchSkips<T> _skips = new(automaton, buffer);
    private readonly EqualRuns<T>? _equals = automaton.MayRepeat ? new(buffer) : null;
    private RunList _next = new(16);
    private RunList _complete = new(4);
    private bool[] _kept = new bool[16];
    private int _event;
    private bool _isChanged;

    /// <summary>Rows that would have made more runs than a key may have.</summary>
    public long Capped { get; set; }

    /// <summary>The number of the next row that begins or continues a match.</summary>
    public long NextNumber { get; set; }

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

    /// <summary>Finds the next deadline of a key anew.</summary>
    public void FindDeadline(ref KeyRuns key)
    {
        key.Deadline = EventTime.MaxValue;
        for (int at = key.First; at >= 0; at = buffer.Run(at).Next)
            key.Deadline = Math.Min(key.Deadline, _deadlines.Of(buffer.Run(at)));
    }

    /// <summary>Tries a row on the runs of its key, and lets it begin one.</summary>
    /// <returns>Whether anything changed.</returns>
    public bool OnRow(ref KeyRuns key, in T row, long time, long position) => OnRow(ref key, row, time, NextNumber, position);

    /// <summary>The same, for a row that has a number: one that grows from row to row of the key and event time.</summary>
    public bool OnRow(ref KeyRuns key, in T row, long time, long number, long position)
    {
        _evaluation.BeginRow(row, time);
        Begin();
        try
        {
            int runs = 0;
            for (int at = key.First; at >= 0; at = buffer.Run(at).Next)
            {
                if (runs == _kept.Length)
                    Array.Resize(ref _kept, runs * 2);
                _kept[runs++] = Try(buffer.Run(at), time, number, position);
            }

            int before = _next.Count + _complete.Count;
            Try(new Run { State = automaton.Start, Node = -1, First = -1 }, time, number, position);
            _isChanged |= _next.Count + _complete.Count > before;
            if (_next.Count > automaton.MaxRuns)
            {
                Capped++;
                throw new PatternLimitException(
                    $"The row would make {_next.Count} partial matches of its key; the pattern allows {automaton.MaxRuns}. " +
                    "Bound the pattern more tightly, or raise MaxPartialMatches.");
            }

            if (_skips.Any && _complete.Count > 0)
                _skips.Check(in _complete);
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

        if (_event >= 0)
            NextNumber = Math.Max(NextNumber, number + 1);
        Commit(ref key, time);
        return true;
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

        int before = _next.Count + _complete.Count;
        bool isTaken = Follow(run, state, isStart, time, number, position, keeps: true);
        if (isStart)
            return false;
        if (!isTaken && state.Stays)
        {
            if (_equals?.IsNew(run.State, run.Node) == false)
            {
                _isChanged = true;
                return false;
            }

            _next.Add(run with { Next = Kept });
            return true;
        }

        bool isSame = _next.Count + _complete.Count == before + 1 && !isTaken && _next.Count > 0
            && _next[_next.Count - 1].State == run.State;
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
                if (!edge.Test.Passes(_evaluation) || _equals?.IsNew(edge.Target, run.Node) == false)
                    continue;
                if (edge.Target == Automaton<T>.Final)
                    _complete.Add(new Run { State = Automaton<T>.Final, Node = run.Node, First = run.First });
                else
                    _next.Add(new Run
                    {
                        State = edge.Target,
                        Node = run.Node,
                        First = run.First,
                        Stored = edge.Target == run.State
                        ? run.Stored : 0
                    });
                buffer.Hold(run.Node);
                continue;
            }

            if (edge.Gap > 0 && !isStart && time - buffer.Event(buffer.Node(run.Node).Event).Time >= edge.Gap)
                continue;
            if (edge.Bounds is not null && !isStart && time >= _deadlines.LatestOf(edge, run.Node))
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
        int node = _equals?.Find(run.Node, edge.Stage, edge.Begins) ?? -1;
        if (node < 0)
        {
            node = buffer.AddNode(run.Node, _event, edge.Stage, isStart ? 0 : buffer.CountOf(run.Node, edge.Stage), edge.Begins);
            _equals?.Add(node);
        }

        int first = isStart ? _event : run.First;
        if (keeps && edge.Target != Automaton<T>.Final && target.Edges.Length > 0 && _equals?.IsNew(edge.Target, node) != false)
        {
            _next.Add(new Run { State = edge.Target, Node = node, First = first });
            buffer.Hold(node);
        }

        if (keeps && target.Waiting >= 0 && _equals?.IsNew(target.Waiting, node) != false)
        {
            _next.Add(new Run { State = target.Waiting, Node = node, First = first });
            buffer.Hold(node);
        }

        if (isMatch && _equals?.IsNew(Automaton<T>.Final, node) != false)
        {
            _complete.Add(new Run { State = Automaton<T>.Final, Node = node, First = first });
            buffer.Hold(node);
        }

        if (buffer.Node(node).References == 0)
        {
            _equals?.Forget(node);
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

    private void Begin()
    {
        _next.Clear();
        _complete.Clear();
        _equals?.Clear();
        (_event, _isChanged) = (-1, false);
    }

    private void DropNew()
    {
        for (int i = 0; i < _next.Count; i++)
        {
            if (_next[i].Next != Kept)
                DropNode(_next[i].Node);
        }

        for (int i = 0; i < _complete.Count; i++)
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
        EmitMatches(complete, time);
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
        key.First = Chain(in _next);
        key.FirstComplete = Chain(in _complete);
        key.Deadline = EventTime.MaxValue;
        for (int i = 0; i < (_deadlines.AreInAnyOrder ? _next.Count : Math.Min(_next.Count, 1)); i++)
            key.Deadline = Math.Min(key.Deadline, _deadlines.Of(_next[i]));
    }

    private int Chain(in RunList runs)
    {
        int next = -1;
        for (int i = runs.Count - 1; i >= 0; i--)
        {
            int at = buffer.AddRun();
            buffer.Run(at) = runs[i] with { Next = next };
            next = at;
        }

        return next;
    }

    private void ExpireOnce(ref KeyRuns key, long now)
    {
        Begin();
        int complete = key.FirstComplete;
        for (int at = key.First; at >= 0;)
        {
            Run run = buffer.Run(at);
            buffer.FreeRun(at);
            at = run.Next;
            if (_deadlines.Of(run) > now)
            {
                _next.Add(run);
            }
            else if (automaton.States[run.State].IsPending && _equals?.IsNew(Automaton<T>.Final, run.Node) == false)
            {
                buffer.Release(run.Node);
            }
            else if (automaton.States[run.State].IsPending)
            {
                _complete.Add(run with { State = Automaton<T>.Final, Stored = 0 });
            }
            else
            {
                output.OnTimedOut(run.Node, automaton.States[run.State].Stage, now);
                buffer.Release(run.Node);
            }
        }

        EmitMatches(complete, now);
        Store(ref key);
    }

    /// <summary>Puts matches out: all of them, or those that wait for none before them.</summary>
    private void EmitMatches(int waiting, long time)
    {
        if (_skips.Any)
        {
            _skips.Merge(waiting, ref _complete);
            while (_skips.TryTake(ref _next, ref _complete, out Run match))
                Emit(match.Node, time);
            return;
        }

        for (int i = 0; i < _complete.Count; i++)
            Emit(_complete[i].Node, time);
        _complete.Clear();
    }

    private void Emit(int node, long time)
    {
        output.OnMatch(node, time);
        buffer.Release(node);
    }
}

/// <summary>A row that a pattern cannot take; treated as the operator's error policy says.</summary>
internal sealed class PatternLimitException(string message) : ActorStreamsException(message);
