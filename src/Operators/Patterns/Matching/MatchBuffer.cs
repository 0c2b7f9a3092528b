using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ActorStreams.Operators.Patterns.Matching;

/// <summary>A cell that, while it is free, says which free one comes after it.</summary>
internal interface ICell
{
    int NextFree { get; set; }
}

/// <summary>A row that is part of a partial match.</summary>
internal struct EventCell<T> : ICell
{
    public T Row;
    public long Time;

    /// <summary>Tells it from the key's other rows of its time, which come in the order of these numbers.</summary>
    public long Number;

    /// <summary>Nodes that hold it.</summary>
    public int References;

    /// <summary>Its place in the record that is being written.</summary>
    public int Ordinal;

    public int NextFree
    {
        readonly get => References;
        set => References = value;
    }
}

/// <summary>A row taken by a stage, and what was taken before it.</summary>
internal struct NodeCell : ICell
{
    /// <summary>Not written yet.</summary>
    public const int Unnamed = -1;

    /// <summary>The node before; -1 for the first.</summary>
    public int Previous;

    public int Event;

    /// <summary>Runs and later nodes that hold it.</summary>
    public int References;

    public ushort Stage;

    /// <summary>Rows that the stage has taken up to here; counted up to 65,535.</summary>
    public ushort Count;

    /// <summary>What the journal calls it among the key's nodes; negative until it is written.</summary>
    public int Name;

    public int NextFree
    {
        readonly get => Previous;
        set => Previous = value;
    }
}

/// <summary>A partial match: where it stands in the automaton and in the buffer.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Run : ICell
{
    public int State;

    /// <summary>What it has taken, newest first.</summary>
    public int Node;

    /// <summary>The row it began with.</summary>
    public int First;

    /// <summary>The key's next run, in order of first rows; -1: none.</summary>
    public int Next;

    /// <summary>One more than its place among the key's runs in the journal; 0: it is not there.</summary>
    public int Stored;

    public int NextFree
    {
        readonly get => Next;
        set => Next = value;
    }
}

/// <summary>The rows that partial matches of a region hold, each once; what they have in common is shared.</summary>
/// <remarks>
/// A run is a pointer to its last node, a node points to the one before: a tree grown from its leaves, so that runs which branched share
/// their beginning and need no versions to tell their paths apart. References are counted; what nobody holds is reused.
/// </remarks>
/// <seealso href="https://dl.acm.org/doi/10.1145/1376616.1376634">SASE+, whose versioned shared buffer this stands for.</seealso>
internal sealed class MatchBuffer<T>(bool withPositions)
{
    private Slab<EventCell<T>> _events = new(64);
    private Slab<NodeCell> _nodes = new(64);
    private Slab<Run> _runs = new(64);
    private long[] _positions = withPositions ? new long[64] : [];
    private byte[]? _begins;

    public int Events => _events.Used;

    public int Nodes => _nodes.Used;

    public int Runs => _runs.Used;

    public bool HasPositions => withPositions;

    /// <summary>Whether it is noted which nodes begin a run through a group.</summary>
    public bool HasBegins => _begins is not null;

    public int NodeCapacity => _nodes.Capacity;

    /// <summary>Told when a node's place is given to another.</summary>
    public RunningValues<T> Values { get; } = new();

    /// <summary>Memory of all cells, free ones included.</summary>
    public long SizeBytes => _events.SizeBytes + _nodes.SizeBytes + _runs.SizeBytes + (_positions.Length * 8L) + (_begins?.Length ?? 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref EventCell<T> Event(int at) => ref _events.At(at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref NodeCell Node(int at) => ref _nodes.At(at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref Run Run(int at) => ref _runs.At(at);

    public long PositionOf(int at) => withPositions ? _positions[at] : Position.None;

    /// <summary>A row nobody holds yet.</summary>
    public int AddEvent(in T row, long time, long number, long position)
    {
        int at = _events.Take();
        ref EventCell<T> cell = ref _events.At(at);
        (cell.Row, cell.Time, cell.Number, cell.References) = (row, time, number, 0);
        if (withPositions)
        {
            if (at >= _positions.Length)
                Array.Resize(ref _positions, _events.Capacity);
            _positions[at] = position;
        }

        return at;
    }

    public void FreeIfUnused(int eventAt)
    {
        if (_events.At(eventAt).References == 0)
            _events.Give(eventAt);
    }

    /// <summary>The groups that a run through begins with a node: a bit each.</summary>
    public byte BeginsOf(int node) => _begins is null ? (byte)0 : _begins[node];

    /// <summary>Where the present run through a group began: the node, or -1.</summary>
    public int BeginOf(int node, byte group)
    {
        while (node >= 0 && (BeginsOf(node) & group) == 0)
            node = _nodes.At(node).Previous;
        return node;
    }

    /// <summary>A node nobody holds yet; it holds its row and the node before.</summary>
    public int AddNode(int previous, int eventAt, int stage, int countBefore, byte begins = 0)
    {
        int at = _nodes.Take();
        ref NodeCell cell = ref _nodes.At(at);
        cell.Previous = previous;
        cell.Event = eventAt;
        cell.References = 0;
        cell.Stage = (ushort)stage;
        cell.Count = (ushort)Math.Min(countBefore + 1, ushort.MaxValue);
        cell.Name = NodeCell.Unnamed;
        if (begins != 0 || _begins is not null)
            NoteBegins(at, begins);
        _events.At(eventAt).References++;
        if (previous >= 0)
            _nodes.At(previous).References++;
        Values.Forget(at);
        return at;
    }

    private void NoteBegins(int node, byte begins)
    {
        _begins ??= [];
        if (node >= _begins.Length)
            Array.Resize(ref _begins, _nodes.Capacity);
        _begins[node] = begins;
    }

    public void Hold(int node) => _nodes.At(node).References++;

    public void Release(int node)
    {
        while (node >= 0)
        {
            ref NodeCell cell = ref _nodes.At(node);
            if (--cell.References > 0)
                return;
            (int previous, int eventAt) = (cell.Previous, cell.Event);
            if (--_events.At(eventAt).References == 0)
                _events.Give(eventAt);
            _nodes.Give(node);
            node = previous;
        }
    }

    /// <summary>A copy of a chain of runs that holds the same nodes.</summary>
    public int Share(int first)
    {
        int shared = -1, last = -1;
        for (int at = first; at >= 0; at = _runs.At(at).Next)
        {
            int copy = _runs.Take();
            _runs.At(copy) = _runs.At(at) with { Next = -1 };
            Hold(_runs.At(at).Node);
            if (last >= 0)
                _runs.At(last).Next = copy;
            else
                shared = copy;
            last = copy;
        }

        return shared;
    }

    /// <summary>Lets go of a chain of runs.</summary>
    public void ReleaseRuns(int first)
    {
        for (int at = first; at >= 0;)
        {
            Run run = _runs.At(at);
            Release(run.Node);
            _runs.Give(at);
            at = run.Next;
        }
    }

    public int AddRun() => _runs.Take();

    public void FreeRun(int at) => _runs.Give(at);

    /// <summary>The newest node of a stage from <paramref name="node"/> back; -1: the stage has taken nothing.</summary>
    public int Newest(int node, int stage)
    {
        while (node >= 0 && _nodes.At(node).Stage != stage)
            node = _nodes.At(node).Previous;
        return node;
    }

    public int CountOf(int node, int stage)
    {
        node = Newest(node, stage);
        if (node < 0)
            return 0;
        int count = _nodes.At(node).Count;
        if (count < ushort.MaxValue)
            return count;
        count = 0;
        for (; node >= 0; node = Newest(_nodes.At(node).Previous, stage))
            count++;
        return count;
    }
}

/// <summary>Cells in one array; free ones are linked, the last one freed first.</summary>
internal struct Slab<TCell>(int capacity)
    where TCell : struct, ICell
{
    private const int DoublesTo = 1 << 16;

    private TCell[] _cells = new TCell[capacity];
    private int _firstFree = -1;
    private int _used;
    private int _end;

    public readonly int Used => _used;

    public readonly int Capacity => _cells.Length;

    public readonly long SizeBytes => (long)_cells.Length * Unsafe.SizeOf<TCell>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ref TCell At(int at) => ref _cells[at];

    public int Take()
    {
        _used++;
        int free = _firstFree;
        if (free >= 0)
        {
            _firstFree = _cells[free].NextFree;
            return free;
        }

        if (_end == _cells.Length)
            Array.Resize(ref _cells, _end < DoublesTo ? _end * 2 : _end + (_end / 2));
        return _end++;
    }

    public void Give(int at)
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TCell>())
            _cells[at] = default;
        _cells[at].NextFree = _firstFree;
        _firstFree = at;

        // Nothing is in use: the next row begins at the front again, where the cache is warm.
        if (--_used == 0)
            (_firstFree, _end) = (-1, 0);
    }
}
