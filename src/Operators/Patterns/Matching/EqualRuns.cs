using ActorStreams.Operators.Patterns.Compilation;

namespace ActorStreams.Operators.Patterns.Matching;

/// <summary>Runs of a key that stand alike and have taken the same rows by the same stages, in whatever way: one of them is enough, and so
/// it is of matches.</summary>
/// <remarks>
/// For patterns that repeat a group with parts that may be absent: <c>(a?){2}</c> takes a row in the first time around or in the second,
/// and that is the same match. What was
/// taken alike is one node, as long as it also begins the same runs through groups with a bound; matches do not mind those. Emptied for
/// each row.
/// </remarks>
internal sealed class EqualRuns<T>(MatchBuffer<T> buffer)
{
    private readonly List<int> _nodes = [];
    private readonly HashSet<(int State, int Node)> _runs = [];
    private readonly List<int> _matches = [];

    /// <summary>Another row, or another moment.</summary>
    public void Clear()
    {
        _nodes.Clear();
        _runs.Clear();
        _matches.Clear();
    }

    /// <summary>The node by which the present row was taken alike; -1: it was not.</summary>
    public int Find(int previous, int stage, byte begins) =>
        _nodes.FindIndex(node => buffer.Node(node).Previous == previous && buffer.Node(node).Stage == stage &&
            buffer.BeginsOf(node) == begins) is >= 0 and int at ? _nodes[at] : -1;

    /// <summary>The present row was taken.</summary>
    public void Add(int node) => _nodes.Add(node);

    /// <summary>Nobody holds the node.</summary>
    public void Forget(int node) => _nodes.Remove(node);

    /// <summary>Whether a run is the first that stands in a state with what it has taken.</summary>
    public bool IsNew(int state, int node)
    {
        if (state != Automaton<T>.Final)
            return _runs.Add((state, node));
        if (_matches.Exists(match => AreAlike(match, node)))
            return false;
        _matches.Add(node);
        return true;
    }

    private bool AreAlike(int first, int second)
    {
        while (first != second)
        {
            if (first < 0 || second < 0 || buffer.Node(first).Event != buffer.Node(second).Event || buffer.Node(first)
                .Stage != buffer.Node(second).Stage)
                return false;
            (first, second) = (buffer.Node(first).Previous, buffer.Node(second).Previous);
        }

        return true;
    }
}
