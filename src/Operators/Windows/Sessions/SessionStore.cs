using ActorStreams.Core.Journal;

namespace ActorStreams.Operators.Windows.Sessions;

/// <summary>The open sessions of a region's keys.</summary>
/// <remarks>Records: 0 = a key without sessions any more; 1 = the first session of a key, in place of all it had; 2 = a further one of the
/// same key.</remarks>
internal sealed class SessionStore<TKey, TAcc>(ShardRange shards) : IShardedState
{
    private const byte GoneRecord = 0;
    private const byte FirstRecord = 1;
    private const byte FurtherRecord = 2;

    private readonly Codec<TKey> _keys = RecordCodec.Of<TKey>();
    private readonly Codec<Session<TAcc>> _sessions = RecordCodec.Of<Session<TAcc>>();
    private readonly Dictionary<string, (Codec<TKey> Keys, Codec<Session<TAcc>> Sessions)> _readers = new(StringComparer.Ordinal);
    private readonly List<(Session<TAcc> Session, int Next)> _further = [];
    private readonly Stack<int> _free = new();
    private readonly List<Session<TAcc>> _scratch = [];

    public string Name => "sessions";

    public Schema Schema => PairSchema.Of(_keys.Schema, _sessions.Schema);

    public StateMap<TKey, KeySessions<TAcc>> Map { get; } = new(shards);

    /// <summary>Sessions that are kept beside the map.</summary>
    public int FurtherCount => _further.Count - _free.Count;

    /// <summary>All sessions of a key, the earliest first.</summary>
    public void Get(in KeySessions<TAcc> state, List<Session<TAcc>> sessions)
    {
        sessions.Clear();
        if (state.Further == 0)
            return;
        for (int at = state.Further; at > 0; at = _further[at - 1].Next)
            sessions.Add(_further[at - 1].Session);
        sessions.Reverse();
        sessions.Add(state.Latest);
    }

    /// <summary>Replaces all sessions of a key; the earliest first, at least one.</summary>
    public void Set(ref KeySessions<TAcc> state, List<Session<TAcc>> sessions)
    {
        for (int at = state.Further; at > 0;)
        {
            int next = _further[at - 1].Next;
            _further[at - 1] = default;
            _free.Push(at);
            at = next;
        }

        int further = -1;
        for (int i = 0; i < sessions.Count - 1; i++)
        {
            if (!_free.TryPop(out int at))
            {
                _further.Add(default);
                at = _further.Count;
            }

            _further[at - 1] = (sessions[i], further);
            further = at;
        }

        state.Further = sessions.Count == 0 ? 0 : further;
        state.Latest = sessions.Count == 0 ? default : sessions[^1];
    }

    public void BeginJournal() => Map.SortDirty();

    public bool HasChanges(int shard) => !Map.DirtyOf(shard).IsEmpty;

    public void WriteChanges(int shard, ShardBlobWriter writer)
    {
        foreach (int slot in Map.DirtyOf(shard))
        {
            ref StateMap<TKey, KeySessions<TAcc>>.Entry entry = ref Map.At(slot);
            if (Map.IsLive(entry))
            {
                Write(entry.Key, entry.State, writer);
                continue;
            }

            writer.Out.WriteByte(GoneRecord);
            _keys.Write(writer.Out, entry.Key);
            writer.EndRecord();
        }
    }

    public void WriteSnapshot(int shard, ShardBlobWriter writer)
    {
        foreach (int slot in Map.LiveOf(shard))
        {
            ref StateMap<TKey, KeySessions<TAcc>>.Entry entry = ref Map.At(slot);
            Write(entry.Key, entry.State, writer);
        }
    }

    public void EndJournal() => Map.ClearDirty();

    public void Restore(int shard, bool isSnapshot, ref BlobReader records, Schema written)
    {
        if (!_readers.TryGetValue(written.Text, out (Codec<TKey> Keys, Codec<Session<TAcc>> Sessions) codecs))
        {
            Schema[] schemas = PairSchema.Split(written, 2);
            _readers[written.Text] = codecs = (StoredKeys.ReaderOf(_keys, schemas[0]), _sessions.ReaderOf(schemas[1]));
        }

        while (records.Remaining > 0)
        {
            byte kind = records.ReadByte();
            TKey key = codecs.Keys.Read(ref records);
            ulong hash = Map.HashOfStored(key, shard);
            _scratch.Clear();
            if (kind == GoneRecord)
            {
                int slot = Map.Find(key, hash);
                if (slot < 0)
                    continue;
                Set(ref Map.At(slot).State, _scratch);
                Map.RestoreRemoved(key, hash);
                continue;
            }

            ref KeySessions<TAcc> state = ref Map.Restore(key, hash);
            if (kind == FurtherRecord)
                Get(state, _scratch);
            else if (kind != FirstRecord)
                throw new CodecException($"Stored data is damaged: a session record of kind {kind}.");
            _scratch.Add(codecs.Sessions.Read(ref records));
            Set(ref state, _scratch);
        }
    }

    private void Write(TKey key, in KeySessions<TAcc> state, ShardBlobWriter writer)
    {
        Get(state, _scratch);
        for (int i = 0; i < _scratch.Count; i++)
        {
            writer.Out.WriteByte(i == 0 ? FirstRecord : FurtherRecord);
            _keys.Write(writer.Out, key);
            _sessions.Write(writer.Out, _scratch[i]);
            writer.EndRecord();
        }
    }
}
