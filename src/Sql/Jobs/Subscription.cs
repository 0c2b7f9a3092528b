using System.Runtime.CompilerServices;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions.Compilation;

namespace ActorStreams.Sql.Jobs;

/// <summary>The changes of a table or view, or of a query that only chooses among its rows, epoch by epoch, from job to job.</summary>
/// <param name="session">The job.</param>
/// <param name="source">The table or view.</param>
/// <param name="relation">What is told of its rows; null: all.</param>
internal sealed class Subscription(JobSession session, SqlObject source, Relation? relation = null)
{
    private readonly SqlColumn[] _columns = [.. (relation?.Columns ?? source.Table.Columns)
        .Select(static one => new SqlColumn(one.Name, one.Type.ToString(), one.IsNullable))];

    /// <summary>Goes on after this epoch; null: begins with the last.</summary>
    public long? After { get; init; }

    /// <summary>Whether all rows come first: those of <see cref="After"/>, or of the last epoch.</summary>
    public bool WithSnapshot { get; init; }

    /// <summary>Epochs that changed nothing are told, too.</summary>
    public bool WithProgress { get; init; }

    /// <summary>Where the changes since an epoch are not known any more, all rows come; else that is an error.</summary>
    public bool MayBeginAnew { get; init; }

    private KeptRows Kept => source.Kept!;

    public async IAsyncEnumerable<SqlChanges> ReadAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        if (After is { } begin && !MayBeginAnew)
            EpochFaults.Check(source, begin);
        // an epoch that there has not been is of another life of the job
        long at = After is { } last && last <= Kept.LastEpoch ? last : After is null ? Kept.Epoch : -1;
        if (WithSnapshot)
        {
            RowsAtEpoch rows = After is { } epoch && epoch != Kept.Epoch ? await source.ReadAsOfAsync(epoch, cancellation) : Kept.Read();
            at = rows.Epoch;
            yield return new SqlChanges(at, true, Changes(rows.Counted));
        }

        while (true)
        {
            Job job = session.Job!;
            Task restarted = session.Restarted;
            using IDisposable observer = Kept.Observe();
            while (session.Job == job)
            {
                cancellation.ThrowIfCancellationRequested();
                bool hasEnded = job.Completion.IsCompleted;
                if (Kept.Since(at) is not { } since)
                {
                    SqlChanges caughtUp = await CatchUpAsync(at, cancellation);
                    at = caughtUp.Epoch;
                    yield return caughtUp;
                    continue;
                }

                foreach ((long epoch, IReadOnlyList<(object?[] Row, long Count)> rows) in since.Epochs)
                {
                    Change<SqlRow>[] changes = Changes(rows);
                    if (changes.Length > 0 || WithProgress)
                        yield return new SqlChanges(epoch, false, changes);
                }

                bool isQuiet = since.Epochs.Count == 0 || since.Epochs[^1].Epoch < since.Epoch;
                if (WithProgress && since.Epoch > at && isQuiet)
                    yield return new SqlChanges(since.Epoch, false, []);
                bool moved = since.Epoch > at;
                at = Math.Max(at, since.Epoch);
                if (moved)
                    continue;
                if (hasEnded)
                    break;
                await Task.WhenAny(Kept.WaitAsync(at), restarted, job.Completion).WaitAsync(cancellation);
            }

            if (session.Job == job)
            {
                if (job.Completion.IsFaulted)
                    await job.Completion;
                // stopped or complete; a statement may be about to start another
                if (await Task.WhenAny(restarted, session.Closed).WaitAsync(cancellation) != restarted)
                    yield break;
            }
        }
    }

    /// <summary>What has changed since an epoch that is not remembered, but perhaps stored; else all rows.</summary>
    private async Task<SqlChanges> CatchUpAsync(long at, CancellationToken cancellation)
    {
        try
        {
            EpochFaults.Check(source, at);
            (long epoch, IReadOnlyList<(object?[] Row, long Count)> rows) = await Kept.SinceStoredAsync(at, cancellation);
            return new SqlChanges(epoch, false, Changes(rows));
        }
        catch (ActorStreamsException error) when (EpochFaults.IsGone(error) || error is SqlException)
        {
            if (!MayBeginAnew)
                throw error is SqlException ? error : EpochFaults.Gone(source, at);
        }

        RowsAtEpoch all = Kept.Read();
        return new SqlChanges(all.Epoch, true, Changes(all.Counted));
    }

    private Change<SqlRow>[] Changes(IReadOnlyList<(object?[] Row, long Count)> rows)
    {
        if (relation is null)
            return [.. rows.Select(row => new Change<SqlRow>(new SqlRow(_columns, row.Row), (int)row.Count))];
        var net = new Dictionary<RowValues, int>();
        Add([.. rows.Where(static row => row.Count > 0)], 1);
        Add([.. rows.Where(static row => row.Count < 0).Select(static row => (row.Row, -row.Count))], -1);
        return [.. net.Where(static one => one.Value != 0)
            .Select(one => new Change<SqlRow>(new SqlRow(_columns, one.Key.Values), one.Value))];

        void Add(IReadOnlyList<(object?[] Row, long Count)> some, int weight)
        {
            foreach (object?[] row in DirectQuery.Run(relation, some, new RowContext { Statement = "subscription" }))
                net[new RowValues(row)] = net.GetValueOrDefault(new RowValues(row)) + weight;
        }
    }
}
