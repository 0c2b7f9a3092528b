using ActorStreams.Persistence.Shared;

namespace ActorStreams.Persistence.Sqlite;

/// <summary>A short transaction between commits, which is not flushed to the disk: the next commit does that. Losing it loses nothing,
/// whatever it dropped is dropped again; so tests cannot make it fail either.</summary>
/// <param name="synchronous">How commits are flushed.</param>
internal sealed class SqliteIdleStep(SqliteSynchronous synchronous)
{
    /// <param name="database">The writer's connection.</param>
    /// <param name="step">What is done.</param>
    /// <param name="done">It is committed.</param>
    /// <param name="undone">It has failed, and is undone.</param>
    public void Run(SqliteDatabase database, Action step, Action done, Action? undone = null)
    {
        IStoreFaults? faults = database.Faults;
        database.Faults = null;
        SqliteSchema.SetSynchronous(database, SqliteSynchronous.Normal);
        try
        {
            database.Begin();
            step();
            database.Commit();
            done();
        }
        finally
        {
            if (database.InTransaction)
            {
                database.TryRollback();
                undone?.Invoke();
            }

            SqliteSchema.SetSynchronous(database, synchronous);
            database.Faults = faults;
        }
    }
}
