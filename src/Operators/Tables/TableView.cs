using System.Runtime.CompilerServices;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Process;
using ActorStreams.Core.Storage;
using ActorStreams.Operators.Tables.Runtime;

namespace ActorStreams;

/// <summary>Finds materialised tables.</summary>
public static class TableViews
{
    /// <summary>A materialised table of the job, to be read.</summary>
    /// <param name="job">The job.</param>
    /// <param name="table">The table that <see cref="MaterializeOperator.Materialize"/> gave.</param>
    /// <exception cref="JobException">The job has no such table, or the table is not materialised.</exception>
    public static TableView<TKey, TValue> Table<TKey, TValue>(this IJob job, Table<TKey, TValue> table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return job.Table<TKey, TValue>(table.Operator.Name);
    }

    /// <summary>A materialised table of the job, to be read where the pipeline is not at hand.</summary>
    /// <param name="job">The job.</param>
    /// <param name="name">The name it was materialised under.</param>
    /// <exception cref="JobException">There is no such table, or its types differ.</exception>
    public static TableView<TKey, TValue> Table<TKey, TValue>(this IJob job, string name)
    {
        ArgumentNullException.ThrowIfNull(job);
        IJobSource source = job.Source;
        if (source.View(name) is not var (view, isThere))
        {
            throw new JobException($"Pipeline '{source.Pipeline}' has no materialised table '{name}'; it has " +
                $"{string.Join(", ", source.Nodes.Where(node => node.Kind == "materialize").Select(node => $"'{node.Name}'").DefaultIfEmpty("none"))}.");
        }

        return view is ViewHub<TKey, TValue> hub
            ? new TableView<TKey, TValue>(job, name, hub, isThere)
            : throw new JobException(
                $"Pipeline '{source.Pipeline}', table '{name}' has other types than {typeof(TKey).Name} and {typeof(TValue).Name}: " +
                $"{string.Join(", ", view.GetType().GetGenericArguments().Select(type => type.Name))}.");
    }
}

/// <summary>Rows of a table at the end of one epoch.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="Rows">The rows.</param>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
public sealed record TableSnapshot<TKey, TValue>(long Epoch, IReadOnlyList<TableRow<TKey, TValue>> Rows);

/// <summary>What an epoch changed in a table, each row at most once taken away and once added.</summary>
/// <param name="Epoch">The epoch; go on after it with <c>Observe(after: Epoch)</c>.</param>
/// <param name="IsSnapshot">All rows of the table, as additions, rather than the changes since the last epoch told.</param>
/// <param name="Changes">The changes; of an update, the old row comes first.</param>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
public sealed record EpochChanges<TKey, TValue>(long Epoch, bool IsSnapshot, IReadOnlyList<Change<TableRow<TKey, TValue>>> Changes);

/// <summary>A materialised table: every answer shows the rows at the end of one committed epoch. May be read from any thread.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
public sealed class TableView<TKey, TValue>
{
    private readonly IJob _job;
    private readonly IJobSource _source;
    private readonly string _name;
    private readonly ViewHub<TKey, TValue> _hub;
    private readonly Task _isThere;

    internal TableView(IJob job, string name, ViewHub<TKey, TValue> hub, Task isThere) =>
        (_job, _source, _name, _hub, _isThere) = (job, job.Source, name, hub, isThere);

    /// <summary>The epoch that answers show now. On a cluster a node's copy of the table follows the job by some milliseconds; it is 0
    /// until there is one.</summary>
    public long Epoch => _hub.Epoch;

    /// <summary>The value of a key; default if it has none. Answers at once; on a cluster once this node has a copy of the
    /// table.</summary>
    public async ValueTask<TValue?> GetAsync(TKey key)
    {
        await _isThere;
        return _hub.TryGet(key, out TValue? value, out _) ? value : default;
    }

    /// <summary>The value of a key, as far as it is known at once: a node of a cluster that has no copy of the table yet knows none, and
    /// says epoch 0.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">Its value.</param>
    /// <param name="epoch">The epoch at whose end it had that value.</param>
    /// <returns>Whether it has one.</returns>
    public bool TryGet(TKey key, out TValue? value, out long epoch) => _hub.TryGet(key, out value, out epoch);

    /// <summary>All rows, in no promised order.</summary>
    /// <remarks>While the rows are copied, the next epoch is not shown; it goes on being computed.</remarks>
    public async ValueTask<TableSnapshot<TKey, TValue>> ScanAsync()
    {
        await _isThere;
        (long epoch, List<TableRow<TKey, TValue>> rows) = _hub.Scan(null);
        return new TableSnapshot<TKey, TValue>(epoch, rows);
    }

    /// <summary>The rows whose keys are from <paramref name="from"/> to <paramref name="to"/>, both included, in order of their
    /// keys.</summary>
    /// <param name="from">The first key.</param>
    /// <param name="to">The last key.</param>
    /// <param name="comparer">The order of keys; null: their own.</param>
    /// <remarks>Looks at every row.</remarks>
    public async ValueTask<TableSnapshot<TKey, TValue>> RangeAsync(TKey from, TKey to, IComparer<TKey>? comparer = null)
    {
        await _isThere;
        comparer ??= Comparer<TKey>.Default;
        (long epoch,
            List<TableRow<TKey, TValue>> rows) = _hub.Scan(key => comparer.Compare(key, from) >= 0 && comparer.Compare(key, to) <= 0);
        rows.Sort((a, b) => comparer.Compare(a.Key, b.Key));
        return new TableSnapshot<TKey, TValue>(epoch, rows);
    }

    /// <summary>The table at the end of an older epoch that is still retained (<see cref="JobOptions.RetainEpochs"/>); read from the
    /// store.</summary>
    public TableAsOf<TKey, TValue> AsOf(long epoch) => new(_job, _name, epoch);

    /// <summary>The table at a time: at the end of the last epoch that was committed at that time or before it, if it is retained
    /// (<see cref="JobOptions.RetainFor"/>); read from the store.</summary>
    /// <param name="time">The time, by the job's clock.</param>
    public TableAsOf<TKey, TValue> AsOf(DateTimeOffset time) => new(_job, _name, epoch: null, time);

    /// <summary>All rows, then the changes of each further epoch that changed any, as it is committed.</summary>
    /// <param name="after">Go on after this epoch, which was told before: nothing is told twice and nothing left out. Where the changes
    /// since are not known any more, as after a restart of the process, all rows come first
    /// (<see cref="EpochChanges{TKey, TValue}.IsSnapshot"/>). Null: begin with all rows.</param>
    /// <param name="cancellation">Ends the observation.</param>
    /// <returns>Epochs in order; it ends when the job does, or <see cref="Job.EndObservers"/> says so. An observer that is slow gets the
    /// changes of several epochs as one.</returns>
    /// <exception cref="EpochNotReachedException">The job has not reached epoch <paramref name="after"/>: it is from another life of the
    /// job.</exception>
    public IAsyncEnumerable<EpochChanges<TKey, TValue>> Observe(long? after = null, CancellationToken cancellation = default) =>
        Observe(after, WhenNotRetained.Snapshot, cancellation);

    /// <summary>The same, and says what is done where the changes since <paramref name="after"/> are not known any more.</summary>
    /// <param name="after">Go on after this epoch, which was told before. Null: begin with all rows.</param>
    /// <param name="whenNotRetained">What is done where that cannot be.</param>
    /// <param name="cancellation">Ends the observation.</param>
    /// <returns>Epochs in order; it ends when the job does, or <see cref="Job.EndObservers"/> says so.</returns>
    /// <exception cref="EpochNotReachedException">The job has not reached epoch <paramref name="after"/>: it is from another life of the
    /// job.</exception>
    /// <exception cref="EpochNotRetainedException">While it is enumerated: the changes are not known, and
    /// <see cref="WhenNotRetained.Fail"/> was asked for.</exception>
    public IAsyncEnumerable<EpochChanges<TKey, TValue>> Observe(long? after, WhenNotRetained whenNotRetained,
        CancellationToken cancellation = default)
    {
        long last = Math.Max(_hub.Epoch, _job.Epoch);
        if (after < 0)
            throw new ArgumentOutOfRangeException(nameof(after), after, $"Table '{_name}': epochs are not negative.");
        if (after > last && _source.IsHere)
            throw NotReached(after.Value, last);
        return ObserveFrom(after, whenNotRetained, cancellation);
    }

    private EpochNotReachedException NotReached(long after, long last) => new(
        $"Pipeline '{_source.Pipeline}', table '{_name}': epoch {after} cannot be gone on from, the job is at epoch {last}. " +
        "The number is from another life of the job: begin with all rows, Observe().", after, last);

    /// <summary>On a cluster this node may hear later of an epoch than the observer, who was told of it by another: the store
    /// knows.</summary>
    private async Task CheckReachedAsync(long after, CancellationToken cancellation)
    {
        await using JobReader reader = await _source.OpenReaderAsync(cancellation);
        long last = (await reader.EpochsAsync(cancellation)).Max(static epoch => epoch.Epoch);
        if (after > last)
            throw NotReached(after, last);
    }

    private async IAsyncEnumerable<EpochChanges<TKey, TValue>> ObserveFrom(long? after, WhenNotRetained whenNotRetained,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        _hub.AddObserver();
        await using CancellationTokenRegistration onCancelled = cancellation.UnsafeRegister(
            static hub => ((ViewHub<TKey, TValue>)hub!).Wake(), _hub);
        using var left = new CancellationTokenSource();
        _ = _source.Ended.ContinueWith(
            static (_, hub) => ((ViewHub<TKey, TValue>)hub!).Wake(), _hub, left.Token, TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        try
        {
            if (!_source.IsHere && after > _hub.Epoch)
                await CheckReachedAsync(after.Value, cancellation);
            if (!_isThere.IsCompleted)
                await Task.WhenAny(_isThere, _source.Ended).WaitAsync(cancellation);
            if (_source.Views.AreObserversEnded)
                yield break;
            long at = after ?? 0;
            if (after is null)
            {
                EpochChanges<TKey, TValue> snapshot = Snapshot();
                at = snapshot.Epoch;
                yield return snapshot;
            }

            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                bool hasEnded = _source.Ended.IsCompleted, isLast = _source.Views.AreObserversEnded;
                if (_hub.Epoch <= at)
                {
                    if (isLast)
                        yield break;
                    if (hasEnded)
                    {
                        await _source.Ended;
                        yield break;
                    }

                    Task moved = _hub.WaitAsync(at);
                    if (!_source.Ended.IsCompleted && !cancellation.IsCancellationRequested && !_source.Views.AreObserversEnded)
                        await moved;
                    continue;
                }

                if (_hub.Since(at) is not { } since)
                {
                    EpochChanges<TKey, TValue> all = await SinceAsync(at, whenNotRetained, cancellation);
                    since = (all.IsSnapshot || all.Changes.Count > 0 ? [all] : [], all.Epoch);
                }

                at = since.Epoch;
                foreach (EpochChanges<TKey, TValue> changes in since.Changed)
                    yield return changes;
                if (isLast)
                    yield break;
            }
        }
        finally
        {
            Cancellation.Now(left);
            _hub.RemoveObserver();
        }
    }

    private EpochChanges<TKey, TValue> Snapshot()
    {
        (long epoch, List<TableRow<TKey, TValue>> rows) = _hub.Scan(null);
        return new EpochChanges<TKey, TValue>(epoch, true, [.. rows.Select(Change<TableRow<TKey, TValue>>.Insert)]);
    }

    /// <summary>What changed since an epoch that readers do not remember: the store may.</summary>
    private async Task<EpochChanges<TKey, TValue>> SinceAsync(long epoch, WhenNotRetained whenNotRetained, CancellationToken cancellation)
    {
        try
        {
            return _hub.DifferenceTo(epoch == 0 ? [] : (await AsOf(epoch).ScanAsync(cancellation)).Rows);
        }
        catch (Exception error) when (error is StoreException { IsEpochGone: true } or JobException)
        {
            if (whenNotRetained == WhenNotRetained.Snapshot)
                return Snapshot();
            throw new EpochNotRetainedException(
                $"Pipeline '{_source.Pipeline}', table '{_name}': the changes since epoch {epoch} are not known any more. Begin with all rows, " +
                $"Observe(), or let that be done by itself: {nameof(WhenNotRetained)}.{nameof(WhenNotRetained.Snapshot)}. {error.Message}",
                    epoch, error);
        }
    }
}

/// <summary>What an observer is given whose epoch is not retained any more.</summary>
public enum WhenNotRetained
{
    /// <summary>All rows, marked as a snapshot: what was told before is to be forgotten.</summary>
    Snapshot,

    /// <summary>An <see cref="EpochNotRetainedException"/>.</summary>
    Fail,
}

/// <summary>A materialised table at the end of one epoch, read from the store.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
public sealed class TableAsOf<TKey, TValue>
{
    private readonly IJob _job;
    private readonly string _name;
    private readonly DateTimeOffset _time;
    private long? _epoch;

    internal TableAsOf(IJob job, string name, long? epoch, DateTimeOffset time = default) =>
        (_job, _name, _epoch, _time) = (job, name, epoch, time);

    /// <summary>The epoch. Of a time it is known once something was read.</summary>
    /// <exception cref="InvalidOperationException">It is not known yet.</exception>
    public long Epoch => _epoch ?? throw new InvalidOperationException($"Table '{_name}' as of {_time:O}: its epoch is known once something was read.");

    /// <summary>The value of a key; default if it had none. Reads the key's shard.</summary>
    /// <exception cref="StoreException">The epoch is not retained.</exception>
    public async Task<TValue?> GetAsync(TKey key, CancellationToken cancellation = default)
    {
        StoredEntities<TKey, TValue> rows = await ReadAsync(shards => new ShardRange(shards.ShardOf(shards.HashOf(key)), 1, shards),
            cancellation);
        return rows.States.TryGet(key, rows.States.HashOf(key), out TValue value) ? value : default;
    }

    /// <summary>All rows, in no promised order.</summary>
    /// <exception cref="StoreException">The epoch is not retained.</exception>
    public async Task<TableSnapshot<TKey, TValue>> ScanAsync(CancellationToken cancellation = default)
    {
        StoredEntities<TKey, TValue> read = await ReadAsync(static shards => new ShardRange(0, shards.Count, shards), cancellation);
        StateMap<TKey, TValue> map = read.States.Map;
        var rows = new List<TableRow<TKey, TValue>>(map.Count);
        foreach (int slot in map.Live)
            rows.Add(new TableRow<TKey, TValue>(map.At(slot).Key, map.At(slot).State));

        return new TableSnapshot<TKey, TValue>(Epoch, rows);
    }

    private async Task<StoredEntities<TKey, TValue>> ReadAsync(Func<ShardMap, ShardRange> rangeOf, CancellationToken cancellation)
    {
        _epoch ??= await _job.EpochAtAsync(_time, cancellation);
        var node = (IEntityNode<TKey>)_job.Source.Nodes.Single(node => node.Name == _name);
        await using JobReader reader = await _job.Source.OpenReaderAsync(cancellation);
        return (StoredEntities<TKey, TValue>)await StoredStates.ReadAsync(reader, _job.Source.Pipeline, node.CreateEntities, _name, Epoch,
            rangeOf, cancellation);
    }
}
