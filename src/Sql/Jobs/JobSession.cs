using System.Globalization;
using ActorStreams.Core.Sources;
using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Binding.Statements;
using ActorStreams.Sql.Connecting;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Syntax.Printing;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Jobs;

/// <summary>The objects of a job of SQL, and the job that runs them. A change of the objects stops the job after an epoch, and starts it
/// again with the new ones, from its store. One statement at a time.</summary>
internal sealed class JobSession(string name, Store store, SqlJobOptions options)
{
    private const int LongestPrefix = 40;
    private static readonly TimeSpan s_untilRestarted = TimeSpan.FromMilliseconds(20);

    private readonly RowTypes _types = new();
    private readonly StoredDefinitions _definitions = new();
    private readonly List<SqlObject> _objects = [];
    private readonly HashSet<string> _unconfirmed = new(StringComparer.Ordinal);
    private readonly HashSet<SqlObject> _new = [];
    private readonly List<Change<SqlDefinition>> _untold = [];
    private IReadOnlySet<string> _ending = new HashSet<string>();
    private long _epoch;
    private int _order;
    private bool _isChanged = true;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _restarted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SqlCatalog Catalog { get; } = new(options.Functions?.Known);

    public SqlJobOptions Options => options;

    /// <summary>The job that runs; null: none was needed yet.</summary>
    public Job? Job { get; private set; }

    /// <summary>Completes when the present job was replaced by another.</summary>
    public Task Restarted => _restarted.Task;

    public IReadOnlyList<SqlObject> Objects => _objects;

    public SqlObject? Find(string objectName) => _objects.Find(one => one.Name == objectName && one.Table.Kind != ObjectKind.Function);

    /// <summary>Completes when nobody will run the objects any more.</summary>
    public Task Closed => _closed.Task;

    /// <summary>A table or view whose rows are kept.</summary>
    /// <exception cref="SqlException">There is none.</exception>
    public SqlObject Kept(string objectName) => Find(objectName) is { Kept: not null } found ? found
        : throw new SqlException(SqlErrorCategory.UnknownTable, SqlState.UndefinedTable, $"No rows are kept of \"{objectName}\".",
            NearestName.Hint(objectName, _objects.Where(static one => one.Kept is not null).Select(static one => one.Name)));

    /// <summary>A table that statements change.</summary>
    /// <exception cref="SqlException">There is none.</exception>
    public SqlObject Fed(string objectName) => Find(objectName) is { Feed: not null } found ? found
        : throw new SqlException(SqlErrorCategory.UnknownTable, SqlState.UndefinedTable,
            $"No statement changes the rows of \"{objectName}\".",
            NearestName.Hint(objectName, _objects.Where(static one => one.Feed is not null).Select(static one => one.Name)));

    /// <summary>Takes in what is stored.</summary>
    public async Task OpenAsync(CancellationToken cancellation)
    {
        (IReadOnlyList<SqlDefinition> definitions, _epoch) = await StoredDefinitions.ReadAsync(store, name, cancellation);
        foreach (SqlDefinition definition in definitions)
        {
            BoundStatement bound = Binder.Bind(definition.Statement, Catalog);
            Enter(bound, definition);
            _unconfirmed.Add(definition.Name);
            _order = Math.Max(_order, definition.Order + 1);
        }
    }

    /// <summary>Whether a definition was found in the store and says the same: then there is nothing to do.</summary>
    /// <exception cref="SqlException">It says something else.</exception>
    public bool Confirms(string objectName, Statement statement)
    {
        if (!_unconfirmed.Contains(objectName))
            return false;
        string printed = SqlPrinter.Print(statement), stored = _objects.First(one => one.Definition.Name == objectName)
            .Definition.Statement;
        if (printed == stored)
        {
            _unconfirmed.Remove(objectName);
            return true;
        }

        if (statement is CreateView { OrReplace: true })
            return false;
        throw new SqlException(SqlErrorCategory.DuplicateTable, SqlState.DuplicateTable,
            $"The store of the job has another definition of \"{objectName}\": {stored}.",
            statement is CreateView
                ? "To compute the view anew, say CREATE OR REPLACE; to keep what is stored, leave the definition as it was."
                : "Drop it first, or leave the definition as it was.");
    }

    /// <summary>Adds what a statement makes.</summary>
    public void Define(BoundStatement bound, string objectName)
    {
        // all that are made between two starts of the job are of one epoch
        if (_new.Count == 0)
            _epoch = Job?.Epoch ?? _epoch;
        var definition = new SqlDefinition(objectName, SqlPrinter.Print(bound.Statement), PrefixOf(objectName), _epoch, _order++);
        SqlObject made = Enter(bound, definition);
        _new.Add(made);
        _untold.Add(Change<SqlDefinition>.Insert(definition));
        _isChanged |= made.Runs;
    }

    public void Drop(string objectName)
    {
        SqlObject gone = _objects.First(one => one.Definition.Name == objectName);
        _objects.Remove(gone);
        _new.Remove(gone);
        _unconfirmed.Remove(objectName);
        Catalog.Remove(gone.Name);
        if (_untold.RemoveAll(change => change.Row == gone.Definition) == 0)
            _untold.Add(Change<SqlDefinition>.Retract(gone.Definition));
        _isChanged |= gone.Runs;
    }

    /// <summary>A name for a statement that has none.</summary>
    public string NameOfInsert(string target) => string.Create(CultureInfo.InvariantCulture, $"insert into {target} {_order}");

    /// <summary>Runs all objects there are.</summary>
    public async Task<Job> RunAsync(CancellationToken cancellation)
    {
        if (Job is not null && !_isChanged)
        {
            Failed(Job);
            if (_untold.Count > 0)
                await TellAsync();
            return Job;
        }

        try
        {
            return await StartAsync(cancellation);
        }
        catch (Exception error) when (_new.Count > 0)
        {
            Forget();
            throw JobFailures.Of(error) ?? error;
        }
    }

    private async Task<Job> StartAsync(CancellationToken cancellation)
    {
        if (Job is { } before)
        {
            if (!before.Completion.IsFaulted)
                await before.StopAsync(cancellation);
            _epoch = before.Epoch;
        }

        Pipeline pipeline = Pipeline.Create(name);
        _definitions.AddTo(pipeline);
        var graph = new JobGraph(pipeline, _objects, _types, options);
        graph.Build(_new.Contains);
        _ending = graph.Ending;
        var copied = new List<Task>();
        foreach ((SqlObject of, TableFeed feed) in graph.Copies)
        {
            copied.Add(feed.TellAllAsync(of.Kept!.Scan().Changes));
            copied.Add(feed.AdvanceAsync(EventTime.MaxValue));
        }

        Job job = await Job.StartAsync(pipeline, store, options.Job with { AllowRemovedState = true }, cancellation);
        if (Job is not null)
            await Job.DisposeAsync();
        foreach (SqlObject one in _objects)
            one.Kept?.Attach(job, one.KeptName);
        Job = job;
        foreach (SqlObject one in _objects)
            FillKeys(one);
        (TaskCompletionSource restarted, _restarted) =
            (_restarted, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        restarted.TrySetResult();
        if (copied.Count > 0)
            await DurableAsync(Task.WhenAll(copied));
        await TellAsync();
        _new.Clear();
        _isChanged = false;
        return job;
    }

    /// <summary>What could not be run is as if it had never been said.</summary>
    private void Forget()
    {
        foreach (SqlObject one in _new.ToArray())
            Drop(one.Definition.Name);
        _isChanged = true;
    }

    /// <summary>Asks for epochs until something told is durable, and shown by all views.</summary>
    public async Task DurableAsync(Task told)
    {
        while (!told.IsCompleted)
            await CommitAsync();
        await told;
    }

    /// <summary>Waits until all views show one epoch.</summary>
    public Task SettledAsync() => Job!.Completion.IsCompleted ? Task.CompletedTask : CommitAsync();

    /// <summary>Ends an epoch.</summary>
    /// <returns>Its number.</returns>
    /// <exception cref="SqlException">A row failed.</exception>
    public async Task<long> CommitAsync()
    {
        Job job = Job!;
        while (true)
        {
            try
            {
                return await job.CommitAsync();
            }
            catch (JobException)
            {
                // the job fails, or begins another attempt
                await Task.WhenAny(job.Completion, Task.Delay(s_untilRestarted, options.Job.Clock));
                if (job.Completion.IsCompleted)
                {
                    Failed(job);
                    throw;
                }
            }
        }
    }

    /// <exception cref="SqlException">The job has failed for a row.</exception>
    /// <exception cref="ActorStreamsException">It has failed for something else.</exception>
    private static void Failed(Job job)
    {
        if (job.Completion.IsFaulted)
            throw JobFailures.Of(job.Completion.Exception!.InnerException!) ?? job.Completion.Exception.InnerException!;
    }

    /// <summary>Waits until the sources that end by themselves have ended, and all of it is committed.</summary>
    public async Task ReadToEndAsync(CancellationToken cancellation)
    {
        Job job = await RunAsync(cancellation);
        while (!job.Completion.IsCompleted)
        {
            bool hasEnded = job.Run.Positions().All(one => one.State == PartitionState.Ended || !_ending.Contains(one.Source));
            await CommitAsync().WaitAsync(cancellation);
            if (hasEnded)
                return;
        }

        Failed(job);
    }

    /// <summary>The objects are run no more.</summary>
    public void Close() => _closed.TrySetResult();

    /// <summary>No statement will change a table any more.</summary>
    public void Complete()
    {
        Close();
        _definitions.Complete();
        foreach (SqlObject one in _objects)
            one.Feed?.Complete();
    }

    /// <summary>The type of the rows of a relation's columns.</summary>
    public RowLayout LayoutOf(IReadOnlyList<RelationColumn> columns) =>
        _types.Of([.. columns.Select(static one => new RowColumn(one.Name, one.Type, one.IsNullable))]);

    private async Task TellAsync()
    {
        if (_untold.Count == 0)
            return;
        Change<SqlDefinition>[] told = [.. _untold];
        await _definitions.TellAsync(told);
        _untold.Clear();
    }

    private SqlObject Enter(BoundStatement bound, SqlDefinition definition)
    {
        SqlObject made = bound switch
        {
            BoundCreate { Table: { } table } => ObjectOf(table, definition),
            BoundCreateSink { Sink: { } sink } => new SqlObject(Checked(sink), definition, null),
            BoundInsert insert => new SqlObject(new CatalogTable(ObjectKind.Function, definition.Name, insert.Rows.Columns)
            {
                Query = insert.Rows,
                Emit = insert.Emit,
                Definition = insert.Statement,
            }, definition, null)
            { Target = Checked(insert.Table) },
            _ => throw new InvalidOperationException($"{bound.Statement.GetType().Name} defines nothing."),
        };
        _objects.Add(made);
        if (made.Target is null)
            Catalog.Add(made.Table);
        return made;
    }

    private SqlObject ObjectOf(CatalogTable table, SqlDefinition definition)
    {
        if (table.Kind == ObjectKind.View)
            return new SqlObject(table, definition, null);
        RowLayout layout = LayoutOf(table.Columns);
        if (table.Kind == ObjectKind.MaterializedView)
            return new SqlObject(table, definition, layout) { Kept = KeptRows.Of(layout) };
        if (ConnectorSettings.ConnectorOf(table) is not null)
        {
            (Connector connector, ConnectorSettings settings) = JobGraph.ConnectorOf(table, options);
            table = table with { IsAppendOnly = table.IsAppendOnly || connector.IsAppendOnly(settings) };
            return new SqlObject(table, definition, layout) { Kept = table.Kind == ObjectKind.Table ? KeptRows.Of(layout) : null };
        }

        if (table.Kind == ObjectKind.Source)
            throw new ConnectorSettings(table, "").Wrong("connector", "a source needs a connector",
                "Say WITH (connector = 'file', path = '…'), or make it a TABLE.");
        return new SqlObject(table, definition, layout)
        {
            Feed = TableFeed.Of(table, layout),
            Kept = KeptRows.Of(layout),
            Keys = table.Key.Count > 0 ? new KeyIndex(table) : null,
        };
    }

    /// <summary>A sink whose connector and settings are known.</summary>
    private CatalogTable Checked(CatalogTable sink)
    {
        _ = JobGraph.ConnectorOf(sink, options);
        return sink;
    }

    private static void FillKeys(SqlObject one)
    {
        if (one.Keys is not { IsFilled: false } keys)
            return;
        keys.Apply([.. one.Kept!.Counted().Rows.Select(static row => (row.Row, (int)row.Count))]);
        keys.IsFilled = true;
    }

    /// <summary>Names of operators have letters, digits, - and _; those of one that comes after another of its name differ from
    /// them.</summary>
    private string PrefixOf(string objectName)
    {
        string bare = string.Concat(objectName.Take(LongestPrefix)
            .Select(static one => char.IsAsciiLetterOrDigit(one) || one == '_' ? one : '_'));
        string prefix = _epoch == 0 ? bare : string.Create(CultureInfo.InvariantCulture, $"{bare}-{_epoch}");
        return _objects.Exists(one => one.Definition.Prefix == prefix)
            ? string.Create(CultureInfo.InvariantCulture, $"{prefix}-{_order}") : prefix;
    }
}
