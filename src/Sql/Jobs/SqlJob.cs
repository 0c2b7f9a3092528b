using ActorStreams.Sql.Jobs;
using ActorStreams.Sql.Syntax;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams;

/// <summary>A job that is made of statements of SQL: tables, sources, materialised views and sinks, durable in its store.</summary>
/// <remarks>
/// <para>Definitions are stored with the job. Opened again with its store it goes on with all of them, at the last committed epoch, exactly
/// once; a script that is run again and says the same as before changes nothing. A statement that adds or drops something that runs stops
/// the job after an epoch and starts it again from there; a view that is added begins with the rows that its inputs have.</para>
/// <para>May be called from any thread; statements run one at a time.</para>
/// </remarks>
/// <example><code>
/// await using SqlJob sql = await SqlJob.OpenAsync("shop", Store.Sqlite("shop.db"));
/// await sql.ExecuteAsync("""
///     CREATE TABLE orders (id bigint PRIMARY KEY, customer text, amount numeric);
///     CREATE MATERIALIZED VIEW totals AS SELECT customer, sum(amount) AS total FROM orders GROUP BY customer;
///     INSERT INTO orders VALUES (1, 'ann', 9.99), (2, 'bob', 5);
///     """);
/// IReadOnlyList&lt;SqlRow&gt; rows = await sql.QueryAsync("SELECT * FROM totals ORDER BY total DESC");
/// </code></example>
public sealed class SqlJob : IAsyncDisposable
{
    private readonly JobSession _session;
    private readonly StatementRunner _runner;
    private readonly SemaphoreSlim _turn = new(1, 1);

    private SqlJob(JobSession session) => (_session, _runner) = (session, new StatementRunner(session));

    /// <summary>The job that runs the statements: its metrics, its conditions, its plan. Null: nothing has been defined yet. A statement
    /// that adds or drops something replaces it.</summary>
    public Job? Job => _session.Job;

    /// <summary>Opens a job, at its beginning or where its last committed epoch ended.</summary>
    /// <param name="name">1 to 64 letters, digits, <c>-</c> and <c>_</c>; stable, because stored data is keyed by it.</param>
    /// <param name="store">Where definitions and state are kept; null: in memory, as long as the object lives.</param>
    /// <param name="options">How it runs; null: the defaults.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="ActorStreamsException">The store cannot be opened, or what is stored cannot be run.</exception>
    public static async Task<SqlJob> OpenAsync(
        string name, Store? store = null, SqlJobOptions? options = null, CancellationToken cancellation = default)
    {
        var session = new JobSession(name, store ?? Store.InMemory(), options ?? new SqlJobOptions());
        await session.OpenAsync(cancellation);
        if (session.Objects.Count > 0)
            await session.RunAsync(cancellation);
        return new SqlJob(session);
    }

    /// <summary>Runs the statements of a script, one after the other.</summary>
    /// <param name="script">Statements, divided by semicolons.</param>
    /// <param name="cancellation">Ends the wait; statements that were run stay run.</param>
    /// <returns>What each of them gave. What they changed is durable, and shown by all views.</returns>
    /// <exception cref="SqlException">A statement is wrong, and the message shows its place; those before it were run.</exception>
    public async Task<IReadOnlyList<SqlResult>> ExecuteAsync(string script, CancellationToken cancellation = default)
    {
        Statement[] statements = [.. SqlParser.ParseScript(script)];
        var results = new List<SqlResult>();
        await _turn.WaitAsync(cancellation);
        try
        {
            foreach (Statement statement in statements)
                results.Add(await _runner.RunAsync(statement, script, cancellation));
            if (_session.Objects.Count > 0)
                await _session.RunAsync(cancellation);
        }
        finally
        {
            _turn.Release();
        }

        return results;
    }

    /// <summary>The rows of one statement: SELECT, over the rows that its tables and views have at the last committed epoch; SHOW;
    /// EXPLAIN.</summary>
    /// <param name="query">The statement.</param>
    /// <param name="cancellation">Ends the query.</param>
    /// <exception cref="SqlException">The statement is wrong, or fails for a row.</exception>
    public async Task<IReadOnlyList<SqlRow>> QueryAsync(string query, CancellationToken cancellation = default)
    {
        Statement statement = SqlParser.ParseStatement(query);
        await _turn.WaitAsync(cancellation);
        try
        {
            return (await _runner.RunAsync(statement, query, cancellation)).Rows;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>All rows of a table or materialised view, then what each epoch changes, as it is committed.</summary>
    /// <param name="name">The table or view.</param>
    /// <param name="after">Go on after this epoch, which was told before. Where the changes since are not known any more, all rows come
    /// first (<see cref="SqlChanges.IsSnapshot"/>). Null: begin with all rows.</param>
    /// <param name="withProgress">Epochs that changed nothing are told, too.</param>
    /// <param name="cancellation">Ends the subscription.</param>
    /// <exception cref="SqlException">There is no such table or view that keeps its rows.</exception>
    public IAsyncEnumerable<SqlChanges> SubscribeAsync(
        string name, long? after = null, bool withProgress = false, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new Subscription(_session, _session.Kept(name), after, withProgress).ReadAsync(cancellation);
    }

    /// <summary>A table whose rows come from statements, to be changed by rows.</summary>
    /// <param name="name">The table.</param>
    /// <exception cref="SqlException">There is no such table, or its rows come from a connector.</exception>
    public SqlTable Table(string name) => new(_session.Fed(name));

    /// <summary>Asks for an epoch now, and waits until it is committed: what was read before the call, or handed over to a
    /// <see cref="SqlTable"/>, is durable then, and views show it.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The epoch.</returns>
    public async Task<long> CommitAsync(CancellationToken cancellation = default)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            await _session.RunAsync(cancellation);
            await _session.DurableAsync(Task.WhenAll(_session.Objects.Select(static one => one.Feed?.Told ?? Task.CompletedTask)));
            return await _session.CommitAsync().WaitAsync(cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Waits until the sources that end by themselves, such as files, are read to their end, and all that follows from their rows
    /// is committed.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task ReadToEndAsync(CancellationToken cancellation = default)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            await _session.ReadToEndAsync(cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ends the input of tables that statements change, and waits until all sources have ended: files are read, and windows are
    /// complete. A job that was completed takes no more statements that change it; it can be asked.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task CompleteAsync(CancellationToken cancellation = default)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            Job job = await _session.RunAsync(cancellation);
            _session.Complete();
            await job.Completion.WaitAsync(cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Stops reading, commits what was read as a last epoch, and ends; opened again, it goes on from there.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task StopAsync(CancellationToken cancellation = default)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            _session.Close();
            if (_session.Job is { } job)
                await job.StopAsync(cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ends the job at once, without a last epoch: as a crash would, but without leaving anything running.</summary>
    public async ValueTask DisposeAsync()
    {
        _session.Close();
        if (_session.Job is { } job)
            await job.DisposeAsync();
        _turn.Dispose();
    }
}
