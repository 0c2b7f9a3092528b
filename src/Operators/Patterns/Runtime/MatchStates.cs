using ActorStreams.Core;
using ActorStreams.Core.Codecs;
using ActorStreams.Core.EventSourcing;
using ActorStreams.Core.Keys;
using ActorStreams.Core.State;

namespace ActorStreams.Operators.Patterns.Runtime;

/// <summary>The partial matches of a region's keys; journaled key by key, those that an epoch touched.</summary>
/// <remarks>
/// Records: 0 key = the key has none any more; 1 key, its rows, nodes and runs. States and stages are stored by number, and the schema holds their names:
/// a changed pattern reads them as long as it begins like the one that wrote them.
/// </remarks>
internal sealed class MatchStates<TKey, T> : IShardedState
{
    private const byte RemovedRecord = 0;
    private const byte ChangedRecord = 1;
    private const int PresenceBits = 16;

    private readonly Codec<TKey> _keys = RecordCodec.Of<TKey>();
    private readonly Codec<T> _rows = RecordCodec.Of<T>();
    private readonly Dictionary<string, Reader> _readers = new(StringComparer.Ordinal);
    private readonly Automaton<T> _automaton;
    private readonly DirtySlots _dirty;
    private readonly ushort[] _presence = new ushort[1 << PresenceBits];
    private readonly Dictionary<int, int> _eventNumbers = [];
    private readonly Dictionary<int, int> _nodeNumbers = [];
    private readonly List<int> _eventList = [];
    private readonly List<int> _nodeList = [];

    public MatchStates(Automaton<T> automaton, ShardRange shards, bool withPositions)
    {
        _automaton = automaton;
        _dirty = new DirtySlots(shards);
        Buffer = new MatchBuffer<T>(withPositions);
        Map = new StateMap<TKey, KeyRuns>(shards);
        Schema = PairSchema.Of(_keys.Schema, _rows.Schema, new Schema(PatternSchema.Of(automaton)));
    }

    public string Name => "matches";

    public Schema Schema { get; }

    public MatchBuffer<T> Buffer { get; }

    public StateMap<TKey, KeyRuns> Map { get; }

    /// <summary>One more than the largest number of a restored row.</summary>
    public long NextNumber { get; private set; }

    /// <summary>Whether the key may have partial matches; false is certain.</summary>
    public bool MayHave(ulong hash) => _presence[Presence(hash)] != 0;

    public void OnAdded(ulong hash)
    {
        ref ushort count = ref _presence[Presence(hash)];
        count += (ushort)(count == ushort.MaxValue ? 0 : 1);
    }

    public void OnRemoved(ulong hash)
    {
        ref ushort count = ref _presence[Presence(hash)];
        count -= (ushort)(count == ushort.MaxValue ? 0 : 1);
    }

    public void BeginJournal() => _dirty.Sort(Map);

    public bool HasChanges(int shard) => !_dirty[shard].IsEmpty;

    public void WriteChanges(int shard, ShardBlobWriter writer)
    {
        foreach (int slot in _dirty[shard])
        {
            ref StateMap<TKey, KeyRuns>.Entry entry = ref Map.At(slot);
            if (Map.IsLive(entry))
            {
                Write(entry, writer);
                continue;
            }

            writer.Out.WriteByte(RemovedRecord);
            _keys.Write(writer.Out, entry.Key);
            writer.EndRecord();
        }
    }

    public void WriteSnapshot(int shard, ShardBlobWriter writer)
    {
        (int start, int end) = Map.SlotsOf(shard);
        for (int slot = start; slot < end; slot++)
        {
            ref StateMap<TKey, KeyRuns>.Entry entry = ref Map.At(slot);
            if (Map.IsLive(entry) && Map.ShardOf(entry) == shard)
                Write(entry, writer);
        }
    }

    public void EndJournal()
    {
        Map.ClearDirty();
        _dirty.Clear();
    }

    public void Restore(int shard, bool isSnapshot, ref BlobReader records, Schema written)
    {
        if (!_readers.TryGetValue(written.Text, out Reader? reader))
            _readers[written.Text] = reader = ReaderOf(written);
        while (records.Remaining > 0)
        {
            byte kind = records.ReadByte();
            TKey key = reader.Keys.Read(ref records);
            ulong hash = KeyHash<TKey>.Of(key);
            int slot = Map.Find(key, hash);
            if (slot >= 0)
                Forget(Map.At(slot).State);
            if (kind == ChangedRecord)
            {
                if (slot < 0)
                    OnAdded(hash);
                KeyRuns runs = Read(reader, ref records);
                Map.Restore(key, hash) = runs;
            }
            else if (kind == RemovedRecord)
            {
                if (slot >= 0)
                    OnRemoved(hash);
                Map.RestoreRemoved(key, hash);
            }
            else
            {
                throw new CodecException($"Stored data is damaged: a record of kind {kind} among partial matches.");
            }
        }
    }

    private static int Presence(ulong hash) => (int)(hash >> 24) & ((1 << PresenceBits) - 1);

    private void Forget(in KeyRuns runs)
    {
        ForgetChain(runs.First);
        ForgetChain(runs.FirstComplete);
    }

    private void ForgetChain(int first)
    {
        for (int at = first; at >= 0;)
        {
            Run run = Buffer.Run(at);
            Buffer.Release(run.Node);
            Buffer.FreeRun(at);
            at = run.Next;
        }
    }

    private void Write(in StateMap<TKey, KeyRuns>.Entry entry, ShardBlobWriter writer)
    {
        BlobWriter to = writer.Out;
        to.WriteByte(ChangedRecord);
        _keys.Write(to, entry.Key);
        _eventNumbers.Clear();
        _nodeNumbers.Clear();
        _eventList.Clear();
        _nodeList.Clear();
        Collect(entry.State.First);
        Collect(entry.State.FirstComplete);
        to.WriteVarint((uint)_eventList.Count);
        foreach (int at in _eventList)
        {
            ref EventCell<T> cell = ref Buffer.Event(at);
            to.WriteInt64(cell.Time);
            to.WriteInt64(cell.Number);
            to.WriteInt64(Buffer.PositionOf(at));
            _rows.Write(to, cell.Row);
        }

        to.WriteVarint((uint)_nodeList.Count);
        foreach (int at in _nodeList)
        {
            ref NodeCell cell = ref Buffer.Node(at);
            to.WriteVarint((uint)(cell.Previous < 0 ? 0 : _nodeNumbers[cell.Previous] + 1));
            to.WriteVarint((uint)_eventNumbers[cell.Event]);
            to.WriteVarint(cell.Stage);
        }

        WriteChain(to, entry.State.First);
        WriteChain(to, entry.State.FirstComplete);
        writer.EndRecord();
    }

    /// <summary>Numbers the nodes of runs, each after the one before it, and their rows.</summary>
    private void Collect(int first)
    {
        for (int run = first; run >= 0; run = Buffer.Run(run).Next)
        {
            int from = _nodeList.Count;
            for (int at = Buffer.Run(run).Node; at >= 0 && !_nodeNumbers.ContainsKey(at); at = Buffer.Node(at).Previous)
            {
                _nodeNumbers[at] = -1;
                _nodeList.Add(at);
            }

            _nodeList.Reverse(from, _nodeList.Count - from);
            for (int i = from; i < _nodeList.Count; i++)
            {
                _nodeNumbers[_nodeList[i]] = i;
                int eventAt = Buffer.Node(_nodeList[i]).Event;
                if (_eventNumbers.TryAdd(eventAt, _eventList.Count))
                    _eventList.Add(eventAt);
            }
        }
    }

    private void WriteChain(BlobWriter to, int first)
    {
        uint count = 0;
        for (int at = first; at >= 0; at = Buffer.Run(at).Next)
            count++;
        to.WriteVarint(count);
        for (int at = first; at >= 0; at = Buffer.Run(at).Next)
        {
            ref Run run = ref Buffer.Run(at);
            to.WriteVarint((uint)run.State);
            to.WriteVarint((uint)_nodeNumbers[run.Node]);
        }
    }

    private KeyRuns Read(Reader reader, ref BlobReader records)
    {
        int[] events = new int[Bounded(records.ReadVarint(), records)];
        for (int i = 0; i < events.Length; i++)
        {
            (long time, long number, long position) = (records.ReadInt64(), records.ReadInt64(), records.ReadInt64());
            events[i] = Buffer.AddEvent(reader.Rows.Read(ref records), time, number, position);
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
            int stage = reader.Stages[At(records.ReadVarint(), reader.Stages.Length)];
            nodes[i] = Buffer.AddNode(before, eventAt, stage, Buffer.CountOf(before, stage));
        }

        var runs = KeyRuns.None;
        runs.First = ReadChain(reader, nodes, ref records);
        runs.FirstComplete = ReadChain(reader, nodes, ref records);
        return runs;
    }

    private int ReadChain(Reader reader, int[] nodes, ref BlobReader records)
    {
        int count = Bounded(records.ReadVarint(), records), first = -1, last = -1;
        for (int i = 0; i < count; i++)
        {
            int written = At(records.ReadVarint(), reader.States.Length);
            int state = reader.States[written];
            int node = nodes[At(records.ReadVarint(), nodes.Length)];
            if (state < 0)
                throw new CodecException(PatternSchema.GoneState(reader.StateNames[written]));
            int oldest = node;
            while (Buffer.Node(oldest).Previous >= 0)
                oldest = Buffer.Node(oldest).Previous;
            Buffer.Hold(node);
            int at = Buffer.AddRun();
            Buffer.Run(at) = new Run { State = state, Node = node, First = Buffer.Node(oldest).Event, Next = -1 };
            if (last >= 0)
                Buffer.Run(last).Next = at;
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

    private Reader ReaderOf(Schema written)
    {
        Schema[] parts = PairSchema.Split(written, 3);
        (int[] stages, int[] states, string[] names) = PatternSchema.Map(parts[2].Text, _automaton);
        return new Reader(_keys.ReaderOf(parts[0]), _rows.ReaderOf(parts[1]), stages, states, names);
    }

    private sealed record Reader(Codec<TKey> Keys, Codec<T> Rows, int[] Stages, int[] States, string[] StateNames);
}
