using System.Runtime.CompilerServices;

namespace ActorStreams.Sql.Jobs;

/// <summary>The changes of a table or view, epoch by epoch, from job to job.</summary>
internal sealed class Subscription(JobSession session, SqlObject source, long? after, bool withProgress)
{
    private readonly SqlColumn[] _columns =
        [.. source.Table.Columns.Select(static one => new SqlColumn(one.Name, one.Type.ToString(), one.IsNullable))];

    public async IAsyncEnumerable<SqlChanges> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        long at = after ?? 0;
        bool isFirst = after is null;
        KeptRows kept = source.Kept!;
        while (true)
        {
            Job job = session.Job!;
            Task restarted = session.Restarted;
            using IDisposable observer = kept.Observe();
            while (session.Job == job)
            {
                cancellation.ThrowIfCancellationRequested();
                bool hasEnded = job.Completion.IsCompleted;
                if (isFirst || kept.Since(at) is not { } since)
                {
                    (long epoch, IReadOnlyList<(object?[] Row, long Count)> rows) = kept.Counted();
                    (at, isFirst) = (epoch, false);
                    yield return new SqlChanges(epoch, true, Changes(rows));
                    continue;
                }

                foreach ((long epoch, IReadOnlyList<(object?[] Row, long Count)> rows) in since.Epochs)
                    yield return new SqlChanges(epoch, false, Changes(rows));
                bool isQuiet = since.Epochs.Count == 0 || since.Epochs[^1].Epoch < since.Epoch;
                if (withProgress && since.Epoch > at && isQuiet)
                    yield return new SqlChanges(since.Epoch, false, []);
                bool moved = since.Epoch > at;
                at = Math.Max(at, since.Epoch);
                if (moved)
                    continue;
                if (hasEnded)
                    break;
                await Task.WhenAny(kept.WaitAsync(at), restarted, job.Completion).WaitAsync(cancellation);
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

    private Change<SqlRow>[] Changes(IReadOnlyList<(object?[] Row, long Count)> rows) =>
        [.. rows.Select(row => new Change<SqlRow>(new SqlRow(_columns, row.Row), (int)row.Count))];
}
