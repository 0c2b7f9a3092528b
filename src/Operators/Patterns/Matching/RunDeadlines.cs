using ActorStreams.Operators.Patterns.Compilation;
using ActorStreams.Operators.Patterns.Text;

namespace ActorStreams.Operators.Patterns.Matching;

/// <summary>The deadlines of an automaton's runs: by the span of the whole match, by gaps between its rows, by the spans of its
/// groups.</summary>
internal sealed class RunDeadlines<T>(Automaton<T> automaton, MatchBuffer<T> buffer)
{
    /// <summary>Whether a run may be over before one whose first row came earlier.</summary>
    public bool AreInAnyOrder { get; } = Array.Exists(automaton.States, state => state.Gap > 0 || state.LooksBack);

    /// <summary>The time at which a run is over.</summary>
    public long Of(in Run run)
    {
        long deadline = automaton.Within > 0 ? EventTime.AddSaturated(buffer.Event(run.First).Time, automaton.Within) : EventTime.MaxValue;
        State<T> state = automaton.States[run.State];
        if (state.LooksBack)
            return Math.Min(deadline, LatestOf(state, run));
        long gap = state.Gap;
        return gap > 0 ? Math.Min(deadline, EventTime.AddSaturated(buffer.Event(buffer.Node(run.Node).Event).Time, gap)) : deadline;
    }

    /// <summary>The time from which no edge is open to a run any more, or the bounds of a pending state are over.</summary>
    private long LatestOf(State<T> state, in Run run)
    {
        if (state.IsPending)
        {
            long gap = state.Gap > 0 ? EventTime.AddSaturated(TimeOf(run.Node), state.Gap) : EventTime.MaxValue;
            return Math.Min(gap, EndOf(state.Bounds, run.Node));
        }

        long latest = EventTime.MinValue;
        foreach (Edge<T> edge in state.Edges)
        {
            if (edge.Step == Step.Take)
                latest = Math.Max(latest, LatestOf(edge, run.Node));
        }

        return latest == EventTime.MinValue ? EventTime.MaxValue : latest;
    }

    /// <summary>The time from which an edge is not open any more to a run that ends with a node.</summary>
    public long LatestOf(Edge<T> edge, int node)
    {
        long latest = edge.Gap > 0 ? EventTime.AddSaturated(TimeOf(node), edge.Gap) : EventTime.MaxValue;
        return Math.Min(latest, EndOf(edge.Bounds, node));
    }

    /// <summary>When the first of the bounds of the present runs through groups is over.</summary>
    private long EndOf(GroupBound[]? bounds, int node)
    {
        long end = EventTime.MaxValue;
        foreach (GroupBound bound in bounds ?? [])
        {
            if (buffer.BeginOf(node, bound.Group) is >= 0 and int begin)
                end = Math.Min(end, EventTime.AddSaturated(TimeOf(begin), bound.Span));
        }

        return end;
    }

    private long TimeOf(int node) => buffer.Event(buffer.Node(node).Event).Time;
}
