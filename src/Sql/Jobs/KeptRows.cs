using ActorStreams.Operators.Tables;
using ActorStreams.Operators.Tables.Runtime;
using ActorStreams.Sql.Expressions.Compilation;

namespace ActorStreams.Sql.Jobs;

/// <summary>The rows of a table or view that a job keeps, to be read as they were at the end of an epoch.</summary>
internal abstract class KeptRows
{
    public static KeptRows Of(RowLayout layout) =>
        (KeptRows)Activator.CreateInstance(typeof(KeptRows<>).MakeGenericType(layout.Row), layout)!;

    /// <summary>Keeps the rows of a stream of changes.</summary>
    public abstract void Keep(object changes, string name);

    /// <summary>They are those of a job that has begun.</summary>
    public abstract void Attach(Job job, string name);

    /// <summary>The epoch whose rows are shown.</summary>
    public abstract long Epoch { get; }

    /// <summary>The last epoch of the job; the rows may be about to be shown.</summary>
    public abstract long LastEpoch { get; }

    /// <summary>The rows of the last epoch.</summary>
    /// <param name="range">Which of them; null: all.</param>
    public abstract RowsAtEpoch Read(KeyRange? range = null);

    /// <summary>The rows of an earlier epoch, from the store.</summary>
    /// <exception cref="StoreException">The epoch is not retained.</exception>
    public abstract Task<RowsAtEpoch> ReadAsOfAsync(long epoch, CancellationToken cancellation);

    /// <summary>The net changes from an earlier epoch, which is read from the store, to the last.</summary>
    /// <exception cref="StoreException">The epoch is not retained.</exception>
    public abstract Task<(long Epoch, IReadOnlyList<(object?[] Row, long Count)> Rows)> SinceStoredAsync(
        long epoch, CancellationToken cancellation);

    /// <summary>The net changes after an epoch, row by row with how many copies more or less; null: they are not known any more.</summary>
    public abstract (IReadOnlyList<(long Epoch, IReadOnlyList<(object?[] Row, long Count)> Rows)> Epochs, long Epoch)? Since(long epoch);

    /// <summary>Completes when rows of a later epoch may be read, or the job has ended.</summary>
    public abstract Task WaitAsync(long epoch);

    /// <summary>Changes are kept for as long as somebody observes.</summary>
    public abstract IDisposable Observe();
}

/// <inheritdoc/>
internal sealed class KeptRows<TRow>(RowLayout layout) : KeptRows
    where TRow : notnull
{
    private readonly Dictionary<string, KeyedRows<TRow>> _keyed = new(StringComparer.Ordinal);
    private ViewHub<TRow, long>? _hub;
    private Job? _job;
    private string _name = "";

    private ViewHub<TRow, long> Hub => _hub ?? throw new InvalidOperationException("The rows belong to no job that has begun.");

    public override void Keep(object changes, string name) => ((Stream<Change<TRow>>)changes).Keep(name);

    public override void Attach(Job job, string name)
    {
        (_job, _name) = (job, name);
        _hub = job.Views.TryGet(name, out object? view) ? (ViewHub<TRow, long>)view
            : throw new InvalidOperationException($"The job keeps no rows '{name}'.");
        _ = job.Completion.ContinueWith(static (_, hub) => ((ViewHub<TRow, long>)hub!).Wake(), _hub, CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public override long Epoch => Hub.Epoch;

    public override long LastEpoch => Math.Max(Hub.Epoch, _job!.Epoch);

    public override RowsAtEpoch Read(KeyRange? range = null)
    {
        if (range is not null)
            return Keyed(range.Key).Read(range);
        (long epoch, List<TableRow<TRow, long>> rows) = Hub.Scan(null);
        return new RowsAtEpoch<TRow>(epoch, rows, layout);
    }

    public override async Task<RowsAtEpoch> ReadAsOfAsync(long epoch, CancellationToken cancellation) =>
        new RowsAtEpoch<TRow>(epoch, (await StoredAsync(epoch, cancellation)).Rows, layout);

    public override async Task<(long Epoch, IReadOnlyList<(object?[] Row, long Count)> Rows)> SinceStoredAsync(
        long epoch, CancellationToken cancellation)
    {
        EpochChanges<TRow, long> changes = Hub.DifferenceTo((await StoredAsync(epoch, cancellation)).Rows);
        return (changes.Epoch, Net(changes.Changes));
    }

    public override (IReadOnlyList<(long Epoch, IReadOnlyList<(object?[] Row, long Count)> Rows)> Epochs, long Epoch)? Since(long epoch)
    {
        if (Hub.Since(epoch) is not { } since)
            return null;
        return ([.. since.Changed.Select(changes => (changes.Epoch, Net(changes.Changes)))], since.Epoch);
    }

    public override Task WaitAsync(long epoch) => Hub.WaitAsync(epoch);

    public override IDisposable Observe() => new Observer(Hub);

    private IReadOnlyList<(object?[] Row, long Count)> Net(IEnumerable<Change<TableRow<TRow, long>>> changes)
    {
        var net = new Dictionary<TRow, long>();
        foreach (Change<TableRow<TRow, long>> change in changes)
            net[change.Row.Key] = net.GetValueOrDefault(change.Row.Key) + (change.Weight * change.Row.Value);
        return [.. net.Where(static one => one.Value != 0).Select(one => (layout.ValuesOf(one.Key), one.Value))];
    }

    private Task<TableSnapshot<TRow, long>> StoredAsync(long epoch, CancellationToken cancellation) =>
        _job!.Table<TRow, long>(_name).AsOf(epoch).ScanAsync(cancellation);

    private KeyedRows<TRow> Keyed(IReadOnlyList<int> key)
    {
        string name = string.Join(' ', key);
        lock (_keyed)
        {
            if (!_keyed.TryGetValue(name, out KeyedRows<TRow>? known) || known.Hub != Hub)
                _keyed[name] = known = new KeyedRows<TRow>(Hub, key, layout);
            return known;
        }
    }

    private sealed class Observer : IDisposable
    {
        private readonly ViewHub<TRow, long> _hub;
        private int _isLeft;

        public Observer(ViewHub<TRow, long> hub) => (_hub = hub).AddObserver();

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isLeft, 1) == 0)
                _hub.RemoveObserver();
        }
    }
}
