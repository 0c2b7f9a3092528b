using ActorStreams.Core;
using ActorStreams.Core.Codecs;
using ActorStreams.Core.State;
using ActorStreams.Operators.Patterns.Runtime;

namespace ActorStreams.Operators.Patterns.Rules.Runtime;

/// <summary>Writes partial matches: the rows they hold, each once; what stages took, each after what was taken before; where they stand.</summary>
internal sealed class RunWriter<T>(MatchBuffer<T> buffer)
{
    private readonly Codec<T> _rows = RecordCodec.Of<T>();
    private readonly Dictionary<int, int> _eventNumbers = [];
    private readonly Dictionary<int, int> _nodeNumbers = [];
    private readonly List<int> _events = [];
    private readonly List<int> _nodes = [];

    public void Write(BlobWriter to, in KeyRuns runs)
    {
        _eventNumbers.Clear();
        _nodeNumbers.Clear();
        _events.Clear();
        _nodes.Clear();
        Collect(runs.First);
        Collect(runs.FirstComplete);
        to.WriteVarint((uint)_events.Count);
        foreach (int at in _events)
        {
            ref EventCell<T> cell = ref buffer.Event(at);
            to.WriteInt64(cell.Time);
            to.WriteInt64(cell.Number);
            to.WriteInt64(buffer.PositionOf(at));
            _rows.Write(to, cell.Row);
        }

        to.WriteVarint((uint)_nodes.Count);
        foreach (int at in _nodes)
        {
            ref NodeCell cell = ref buffer.Node(at);
            to.WriteVarint((uint)(cell.Previous < 0 ? 0 : _nodeNumbers[cell.Previous] + 1));
            to.WriteVarint((uint)_eventNumbers[cell.Event]);
            to.WriteVarint(cell.Stage);
        }

        WriteChain(to, runs.First);
        WriteChain(to, runs.FirstComplete);
    }

    private void Collect(int first)
    {
        for (int run = first; run >= 0; run = buffer.Run(run).Next)
        {
            int from = _nodes.Count;
            for (int at = buffer.Run(run).Node; at >= 0 && !_nodeNumbers.ContainsKey(at); at = buffer.Node(at).Previous)
            {
                _nodeNumbers[at] = -1;
                _nodes.Add(at);
            }

            _nodes.Reverse(from, _nodes.Count - from);
            for (int i = from; i < _nodes.Count; i++)
            {
                _nodeNumbers[_nodes[i]] = i;
                int eventAt = buffer.Node(_nodes[i]).Event;
                if (_eventNumbers.TryAdd(eventAt, _events.Count))
                    _events.Add(eventAt);
            }
        }
    }

    private void WriteChain(BlobWriter to, int first)
    {
        uint count = 0;
        for (int at = first; at >= 0; at = buffer.Run(at).Next)
            count++;
        to.WriteVarint(count);
        for (int at = first; at >= 0; at = buffer.Run(at).Next)
        {
            ref Run run = ref buffer.Run(at);
            to.WriteVarint((uint)run.State);
            to.WriteVarint((uint)_nodeNumbers[run.Node]);
        }
    }
}

/// <summary>Reads what <see cref="RunWriter{T}"/> writes into the buffer; stages and states have the numbers they were written with.</summary>
internal sealed class RunReader<TKey, T>
{
    private readonly MatchBuffer<T> _buffer;
    private readonly Codec<T> _rows;

    public RunReader(MatchBuffer<T> buffer, Schema written)
    {
        Schema[] parts = PairSchema.Split(written, 2);
        (_buffer, Keys, _rows) = (buffer, RecordCodec.Of<TKey>().ReaderOf(parts[0]), RecordCodec.Of<T>().ReaderOf(parts[1]));
    }

    public Codec<TKey> Keys { get; }

    /// <summary>One more than the largest number of a row.</summary>
    public long NextNumber { get; private set; }

    public KeyRuns Read(ref BlobReader records)
    {
        int[] events = new int[Bounded(records.ReadVarint(), records)];
        for (int i = 0; i < events.Length; i++)
        {
            (long time, long number, long position) = (records.ReadInt64(), records.ReadInt64(), records.ReadInt64());
            events[i] = _buffer.AddEvent(_rows.Read(ref records), time, number, position);
            NextNumber = Math.Max(NextNumber, number + 1);
        }

        int[] nodes = new int[Bounded(records.ReadVarint(), records)];
        for (int i = 0; i < nodes.Length; i++)
        {
            int previous = (int)records.ReadVarint() - 1;
            if (previous >= i)
                throw new CodecException("Stored data is damaged: a partial match is not a chain.");
            int before = previous < 0 ? -1 : nodes[previous];
            int eventAt = events[At(records.ReadVarint(), events.Length)];
            int stage = At(records.ReadVarint(), ushort.MaxValue);
            nodes[i] = _buffer.AddNode(before, eventAt, stage, _buffer.CountOf(before, stage));
        }

        var runs = KeyRuns.None;
        runs.First = ReadChain(nodes, ref records);
        runs.FirstComplete = ReadChain(nodes, ref records);
        return runs;
    }

    private int ReadChain(int[] nodes, ref BlobReader records)
    {
        int count = Bounded(records.ReadVarint(), records), first = -1, last = -1;
        for (int i = 0; i < count; i++)
        {
            int state = (int)records.ReadVarint();
            int node = nodes[At(records.ReadVarint(), nodes.Length)];
            int oldest = node;
            while (_buffer.Node(oldest).Previous >= 0)
                oldest = _buffer.Node(oldest).Previous;
            _buffer.Hold(node);
            int at = _buffer.AddRun();
            _buffer.Run(at) = new Run { State = state, Node = node, First = _buffer.Node(oldest).Event, Next = -1 };
            if (last >= 0)
                _buffer.Run(last).Next = at;
            else
                first = at;
            last = at;
        }

        return first;
    }

    private static int Bounded(uint count, in BlobReader records) =>
        count <= records.Remaining ? (int)count : throw new CodecException($"Stored data is damaged: {count} cells in {records.Remaining} bytes.");

    private static int At(uint index, int length) =>
        index < length ? (int)index : throw new CodecException($"Stored data is damaged: cell {index} of {length}.");
}
