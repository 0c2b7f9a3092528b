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

    /// <summary>All rows, as changes that add them: an array of the row type's changes.</summary>
    public abstract (long Epoch, Array Changes) Scan();

    /// <summary>The net changes after an epoch, row by row with how many copies more or less; null: they are not known any more.</summary>
    public abstract (IReadOnlyList<(long Epoch, IReadOnlyList<(object?[] Row, long Count)> Rows)> Epochs, long Epoch)? Since(long epoch);

    /// <summary>All rows with how often each is there.</summary>
    public abstract (long Epoch, IReadOnlyList<(object?[] Row, long Count)> Rows) Counted();

    /// <summary>Completes when rows of a later epoch may be read, or the job has ended.</summary>
    public abstract Task WaitAsync(long epoch);

    /// <summary>Changes are kept for as long as somebody observes.</summary>
    public abstract IDisposable Observe();
}

/// <inheritdoc/>
internal sealed class KeptRows<TRow>(RowLayout layout) : KeptRows
    where TRow : notnull
{
    private ViewHub<TRow, long>? _hub;

    private ViewHub<TRow, long> Hub => _hub ?? throw new InvalidOperationException("The rows belong to no job that has begun.");

    public override void Keep(object changes, string name) => ((Stream<Change<TRow>>)changes).Keep(name);

    public override void Attach(Job job, string name)
    {
        _hub = job.Views.TryGet(name, out object? view) ? (ViewHub<TRow, long>)view
            : throw new InvalidOperationException($"The job keeps no rows '{name}'.");
        _ = job.Completion.ContinueWith(static (_, hub) => ((ViewHub<TRow, long>)hub!).Wake(), _hub, CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public override (long Epoch, Array Changes) Scan()
    {
        (long epoch, List<TableRow<TRow, long>> rows) = Hub.Scan(null);
        return (epoch, rows.Where(static row => row.Value > 0).Select(static row => new Change<TRow>(row.Key, (int)row.Value)).ToArray());
    }

    public override (IReadOnlyList<(long Epoch, IReadOnlyList<(object?[] Row, long Count)> Rows)> Epochs, long Epoch)? Since(long epoch)
    {
        if (Hub.Since(epoch) is not { } since)
            return null;
        return ([.. since.Changed.Select(changes => (changes.Epoch, Net(changes.Changes)))], since.Epoch);
    }

    public override (long Epoch, IReadOnlyList<(object?[] Row, long Count)> Rows) Counted()
    {
        (long epoch, List<TableRow<TRow, long>> rows) = Hub.Scan(null);
        return (epoch, [.. rows.Where(static row => row.Value > 0).Select(row => (ValuesOf(row.Key), row.Value))]);
    }

    public override Task WaitAsync(long epoch) => Hub.WaitAsync(epoch);

    public override IDisposable Observe() => new Observer(Hub);

    private IReadOnlyList<(object?[] Row, long Count)> Net(IEnumerable<Change<TableRow<TRow, long>>> changes)
    {
        var net = new Dictionary<TRow, long>();
        foreach (Change<TableRow<TRow, long>> change in changes)
            net[change.Row.Key] = net.GetValueOrDefault(change.Row.Key) + (change.Weight * change.Row.Value);
        return [.. net.Where(static one => one.Value != 0).Select(one => (ValuesOf(one.Key), one.Value))];
    }

    private object?[] ValuesOf(TRow row) => [.. layout.Fields.Select(field => field.GetValue(row))];

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
