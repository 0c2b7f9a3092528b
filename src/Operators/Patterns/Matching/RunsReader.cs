using ActorStreams.Operators.Patterns.Compilation;

namespace ActorStreams.Operators.Patterns.Matching;

/// <summary>Applies what <see cref="RunsWriter{T}"/> wrote of a key to what was read of it before.</summary>
internal sealed class RunsReader<T>(MatchBuffer<T> buffer, Codec<T> rows, int[] stages, int[] states, string[] stateNames)
{
    private readonly Dictionary<int, int> _known = [];
    private int[] _events = [];
    private int[] _nodes = [];
    private int _firstName;
    private bool _knowsOld;

    /// <summary>One more than the largest number of a row.</summary>
    public long NextNumber { get; private set; }

    /// <param name="runs">The key's runs as the records before have them; none for a record that holds all there is.</param>
    /// <param name="records">Where the record is read from.</param>
    public void Read(ref KeyRuns runs, ref BlobReader records)
    {
        (_firstName, _knowsOld) = (Math.Max(runs.Names, 0), false);
        var parts = (RecordParts)records.ReadByte();
        ReadEvents(ref records, parts.HasFlag(RecordParts.Positions));
        ReadNodes(runs, ref records, parts.HasFlag(RecordParts.Begins));
        int first = ReadChain(runs, runs.First, ref records);
        int firstComplete = ReadChain(runs, runs.FirstComplete, ref records);
        buffer.ReleaseRuns(runs.First);
        buffer.ReleaseRuns(runs.FirstComplete);
        (runs.First, runs.FirstComplete, runs.Names) = (first, firstComplete, _firstName + _nodes.Length);
    }

    private void ReadEvents(ref BlobReader records, bool hasPositions)
    {
        _events = new int[Bounded(records.ReadVarint(), records)];
        long time = 0, number = 0;
        for (int i = 0; i < _events.Length; i++)
        {
            (time, number) = (time + Packed.Read(ref records), number + Packed.Read(ref records));
            long position = hasPositions ? records.ReadInt64() : Position.None;
            _events[i] = buffer.AddEvent(rows.Read(ref records), time, number, position);
            NextNumber = Math.Max(NextNumber, number + 1);
        }
    }

    private void ReadNodes(in KeyRuns runs, ref BlobReader records, bool hasBegins)
    {
        _nodes = new int[Bounded(records.ReadVarint(), records)];
        for (int i = 0; i < _nodes.Length; i++)
        {
            uint back = records.ReadVarint();
            int before = back == 0 ? -1 : NodeOf(runs, _firstName + i - (int)back, i);
            int eventAt = _events[At(records.ReadVarint(), _events.Length)];
            int stage = stages[At(records.ReadVarint(), stages.Length)];
            byte begins = hasBegins ? records.ReadByte() : (byte)0;
            int node = buffer.AddNode(before, eventAt, stage, buffer.CountOf(before, stage), begins);
            buffer.Node(node).Name = _firstName + i;
            _nodes[i] = node;
        }
    }

    /// <summary>The runs after the record; they hold their nodes, and those before it still do.</summary>
    private int ReadChain(in KeyRuns runs, int before, ref BlobReader records)
    {
        int first = -1, last = -1, count = 0;
        while (true)
        {
            uint step = records.ReadVarint();
            int number = (int)(step >> 2);
            switch ((RunStep)(step & 3))
            {
                case RunStep.End:
                    return first;
                case RunStep.Drop:
                    for (; number > 0; number--)
                        before = Before(before).Next;
                    break;
                case RunStep.Keep:
                    for (; number > 0; number--)
                    {
                        Run kept = Before(before);
                        before = kept.Next;
                        Append(kept);
                    }

                    break;
                default:
                    Append(ReadRun(runs, number - 1, ref records));
                    break;
            }
        }

        void Append(Run run)
        {
            buffer.Hold(run.Node);
            int at = buffer.AddRun();
            buffer.Run(at) = run with { Next = -1, Stored = ++count };
            if (last >= 0)
                buffer.Run(last).Next = at;
            else
                first = at;
            last = at;
        }
    }

    private Run Before(int at) => at >= 0 ? buffer.Run(at)
        : throw new CodecException("Stored data is damaged: a partial match is kept that is not there.");

    private Run ReadRun(in KeyRuns runs, int written, ref BlobReader records)
    {
        int state = states[At((uint)written, states.Length)];
        if (state < 0)
            throw new CodecException(PatternSchema.GoneState(stateNames[written]));
        int node = NodeOf(runs, (int)records.ReadVarint(), _nodes.Length);
        int oldest = node;
        while (buffer.Node(oldest).Previous >= 0)
            oldest = buffer.Node(oldest).Previous;
        return new Run { State = state, Node = node, First = buffer.Node(oldest).Event };
    }

    /// <param name="runs">The key's runs as the records before have them.</param>
    /// <param name="name">The node's name.</param>
    /// <param name="read">How many nodes of the record are there by now.</param>
    private int NodeOf(in KeyRuns runs, int name, int read)
    {
        if (name >= _firstName)
            return _nodes[At((uint)(name - _firstName), read)];
        if (!_knowsOld)
        {
            _known.Clear();
            _knowsOld = true;
            Know(runs.First);
            Know(runs.FirstComplete);
        }

        return _known.TryGetValue(name, out int node) ? node
            : throw new CodecException($"Stored data is damaged: a partial match goes on from row {name}, which is not there.");
    }

    private void Know(int first)
    {
        for (int run = first; run >= 0; run = buffer.Run(run).Next)
        {
            for (int at = buffer.Run(run).Node; at >= 0 && _known.TryAdd(buffer.Node(at).Name, at); at = buffer.Node(at).Previous)
            {
            }
        }
    }

    private static int Bounded(uint count, in BlobReader records) =>
        count <= records.Remaining ? (int)count
            : throw new CodecException($"Stored data is damaged: {count} cells in {records.Remaining} bytes.");

    private static int At(uint index, int length) =>
        index < length ? (int)index : throw new CodecException($"Stored data is damaged: cell {index} of {length}.");
}
