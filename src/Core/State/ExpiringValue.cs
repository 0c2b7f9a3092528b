using ActorStreams.Core.Journal;

namespace ActorStreams.Core.State;

/// <summary>A value per key that lives for a time.</summary>
internal sealed class ExpiringValue<TKey, T>(string name, T initial, TimeToLive timeToLive)
    : ValueState<T>, IKeyedState<TKey>, IExpiringState, ICellCleaner<Timed<T>>
{
    private readonly KeyedValue<TKey, Timed<T>> _cell =
        new(name, new Timed<T>(Lives.Unknown, initial), new TimedCodec<T>(RecordCodec.Of<T>(), timeToLive.InProcessingTime));

    public string Name => _cell.Name;

    public Lives Lives { get; } = new(timeToLive);

    public override bool HasValue => TryRead(out _);

    public override T Value
    {
        get => TryRead(out T value) ? value : initial;
        set => _cell.Value = new Timed<T>(_cell.TryGet(out Timed<T> before) ? Lives.StampOver(before.At) : Lives.Now, value);
    }

    public override void Clear() => _cell.Clear();

    public IShardedState Bind(ShardRange shards, KeyScope<TKey> scope) => _cell.Bind(shards, scope);

    public object? Read(TKey key, ulong hash) =>
        _cell.TryGet(key, hash, out Timed<T> timed) && !Lives.IsOverOutside(timed.At) ? timed.Value : null;

    public void Sweep(int slots) => _cell.Sweep(slots, this);

    public void Purge() => _cell.Purge(this);

    CellFate ICellCleaner<Timed<T>>.FateOf(in Timed<T> cell) =>
        cell.At == Lives.Unknown && Lives.Knows ? CellFate.Trim : Lives.IsGone(cell.At) ? CellFate.Remove : CellFate.Keep;

    void ICellCleaner<Timed<T>>.Trim(ref Timed<T> cell) => cell = cell with { At = Lives.Floor };

    private bool TryRead(out T value)
    {
        if (!_cell.TryGet(out Timed<T> timed) || Lives.IsOver(timed.At))
        {
            value = default!;
            return false;
        }

        value = timed.Value;
        if (Lives.RenewedByReads && Lives.StampOver(timed.At) is var at && at != timed.At)
            _cell.Value = new Timed<T>(at, value);
        return true;
    }
}
