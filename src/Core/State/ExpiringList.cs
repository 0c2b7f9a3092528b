using System.Collections;
using ActorStreams.Core.Journal;

namespace ActorStreams.Core.State;

/// <summary>A list per key whose items live for a time, each its own. Times never fall along a list, so what is over stands at its
/// beginning.</summary>
internal sealed class ExpiringList<TKey, T>(string name, TimeToLive timeToLive)
    : ListState<T>, IKeyedState<TKey>, IExpiringState, ICellCleaner<KeyedList<TKey, Timed<T>>.Cell>
{
    private readonly KeyedList<TKey, Timed<T>> _cell = new(name, new TimedCodec<T>(RecordCodec.Of<T>(), timeToLive.InProcessingTime));

    public string Name => _cell.Name;

    public Lives Lives { get; } = new(timeToLive);

    public override IReadOnlyList<T> Items
    {
        get
        {
            if (_cell.Find() is not { } items || FirstLive(items, Lives.IsOver) is var first && first == items.Count)
                return [];
            if (Lives.RenewedByReads && items[first].At != Lives.StampOver(items[first].At))
            {
                _cell.Replace(items.Skip(first).Select(item => item with { At = Lives.StampOver(item.At) }));
                (items, first) = (_cell.Find()!, 0);
            }

            return new Live(items, first);
        }
    }

    public override void Add(T item) =>
        _cell.Add(new Timed<T>(_cell.Find() is { Count: > 0 } items ? Math.Max(items[^1].At, Lives.Now) : Lives.Now, item));

    public override void Clear() => _cell.Clear();

    public override void Replace(IEnumerable<T> items) => _cell.Replace(items.Select(item => new Timed<T>(Lives.Now, item)));

    public IShardedState Bind(ShardRange shards, KeyScope<TKey> scope) => _cell.Bind(shards, scope);

    public object? Read(TKey key, ulong hash) =>
        _cell.Find(key, hash) is { } items && FirstLive(items, Lives.IsOverOutside) is var first && first < items.Count
            ? (IReadOnlyList<T>)[.. new Live(items, first)]
            : null;

    public void Sweep(int slots) => _cell.Sweep(slots, this);

    public void Purge() => _cell.Purge(this);

    /// <summary>A list is written anew where more of it is over than is left, so that each item is written again once at most.</summary>
    CellFate ICellCleaner<KeyedList<TKey, Timed<T>>.Cell>.FateOf(in KeyedList<TKey, Timed<T>>.Cell cell)
    {
        int first = FirstLive(cell.Items, Lives.IsGone);
        return first == cell.Items.Count ? CellFate.Remove
            : first > cell.Items.Count - first || (cell.Items[^1].At == Lives.Unknown && Lives.Knows) ? CellFate.Trim
            : CellFate.Keep;
    }

    void ICellCleaner<KeyedList<TKey, Timed<T>>.Cell>.Trim(ref KeyedList<TKey, Timed<T>>.Cell cell) => cell = new()
    {
        Items = [.. cell.Items.Skip(FirstLive(cell.Items, Lives.IsGone))
            .Select(item => item.At == Lives.Unknown ? item with { At = Lives.Floor } : item)],
        Journaled = -1,
    };

    /// <summary>Items without a time are older than those that have one: what stands before an item that is over is over.</summary>
    private static int FirstLive(List<Timed<T>> items, Func<long, bool> isOver)
    {
        int first = items.Count;
        while (first > 0 && !isOver(items[first - 1].At))
            first--;
        return first;
    }

    /// <summary>The items that are not over.</summary>
    private sealed class Live(List<Timed<T>> items, int first) : IReadOnlyList<T>
    {
        public int Count => items.Count - first;

        public T this[int index] => index >= 0 ? items[first + index].Value : throw new ArgumentOutOfRangeException(nameof(index));

        public IEnumerator<T> GetEnumerator()
        {
            for (int index = first; index < items.Count; index++)
                yield return items[index].Value;
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
