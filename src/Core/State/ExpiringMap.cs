using System.Collections;
using System.Diagnostics.CodeAnalysis;
using ActorStreams.Core.Journal;

namespace ActorStreams.Core.State;

/// <summary>A map per key whose entries live for a time, each its own.</summary>
internal sealed class ExpiringMap<TKey, TField, T>(string name, TimeToLive timeToLive)
    : MapState<TField, T>, IKeyedState<TKey>, IExpiringState, ICellCleaner<KeyedMap<TKey, TField, Timed<T>>.Cell>
    where TField : notnull
{
    private static readonly Dictionary<TField, T> s_empty = [];

    private readonly KeyedMap<TKey, TField, Timed<T>> _cell =
        new(name, new TimedCodec<T>(RecordCodec.Of<T>(), timeToLive.InProcessingTime));

    public string Name => _cell.Name;

    public Lives Lives { get; } = new(timeToLive);

    public override IReadOnlyDictionary<TField, T> Entries
    {
        get
        {
            if (_cell.Find() is not { } entries)
                return s_empty;
            if (Lives.RenewedByReads)
                Renew(entries);
            return new Live(entries, Lives.IsOver);
        }
    }

    public override void Put(TField field, T value) =>
        _cell.Put(field, new Timed<T>(_cell.TryGet(field, out Timed<T> before) ? Lives.StampOver(before.At) : Lives.Now, value));

    public override bool Remove(TField field)
    {
        bool wasThere = _cell.TryGet(field, out Timed<T> timed) && !Lives.IsOver(timed.At);
        _cell.Remove(field);
        return wasThere;
    }

    public override void Clear() => _cell.Clear();

    public override bool TryGet(TField field, [MaybeNullWhen(false)] out T value)
    {
        if (!_cell.TryGet(field, out Timed<T> timed) || Lives.IsOver(timed.At))
        {
            value = default;
            return false;
        }

        value = timed.Value;
        if (Lives.RenewedByReads && Lives.StampOver(timed.At) is var at && at != timed.At)
            _cell.Put(field, new Timed<T>(at, value));
        return true;
    }

    public IShardedState Bind(ShardRange shards, KeyScope<TKey> scope) => _cell.Bind(shards, scope);

    public object? Read(TKey key, ulong hash) =>
        _cell.Find(key, hash) is { } entries && new Dictionary<TField, T>(new Live(entries, Lives.IsOverOutside)) is { Count: > 0 } live
            ? live : null;

    public void Sweep(int slots) => _cell.Sweep(slots, this);

    public void Purge() => _cell.Purge(this);

    CellFate ICellCleaner<KeyedMap<TKey, TField, Timed<T>>.Cell>.FateOf(in KeyedMap<TKey, TField, Timed<T>>.Cell cell)
    {
        int gone = 0, unknown = 0;
        foreach (Timed<T> timed in cell.Entries.Values)
        {
            gone += Lives.IsGone(timed.At) ? 1 : 0;
            unknown += timed.At == Lives.Unknown && Lives.Knows ? 1 : 0;
        }

        return gone == cell.Entries.Count ? CellFate.Remove : gone + unknown > 0 ? CellFate.Trim : CellFate.Keep;
    }

    void ICellCleaner<KeyedMap<TKey, TField, Timed<T>>.Cell>.Trim(ref KeyedMap<TKey, TField, Timed<T>>.Cell cell)
    {
        foreach ((TField field, Timed<T> timed) in cell.Entries.ToArray())
        {
            if (timed.At == Lives.Unknown)
                cell.Entries[field] = timed with { At = Lives.Floor };
            else if (Lives.IsGone(timed.At))
                cell.Entries.Remove(field);
            else
                continue;
            cell.Changed?.Add(field);
        }
    }

    private void Renew(Dictionary<TField, Timed<T>> entries)
    {
        foreach ((TField field, Timed<T> timed) in entries.ToArray())
        {
            if (!Lives.IsOver(timed.At) && Lives.StampOver(timed.At) is var at && at != timed.At)
                _cell.Put(field, timed with { At = at });
        }
    }

    /// <summary>The entries that are not over.</summary>
    private sealed class Live(Dictionary<TField, Timed<T>> entries, Func<long, bool> isOver) : IReadOnlyDictionary<TField, T>
    {
        public int Count => entries.Values.Count(timed => !isOver(timed.At));

        public IEnumerable<TField> Keys => this.Select(entry => entry.Key);

        public IEnumerable<T> Values => this.Select(entry => entry.Value);

        public T this[TField key] => TryGetValue(key, out T? value) ? value : throw new KeyNotFoundException($"There is no entry '{key}'.");

        public bool ContainsKey(TField key) => TryGetValue(key, out _);

        public bool TryGetValue(TField key, [MaybeNullWhen(false)] out T value)
        {
            bool isThere = entries.TryGetValue(key, out Timed<T> timed) && !isOver(timed.At);
            value = isThere ? timed.Value : default;
            return isThere;
        }

        public IEnumerator<KeyValuePair<TField, T>> GetEnumerator() =>
            entries.Where(entry => !isOver(entry.Value.At)).Select(entry => KeyValuePair.Create(entry.Key, entry.Value.Value))
                .GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
