using ActorStreams.Sql.Binding.Statements;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Planning;
using ActorStreams.Sql.Planning.Changelogs;
using ActorStreams.Sql.Queries;
using ActorStreams.Sql.Rows;
using ActorStreams.Sql.Values;

namespace ActorStreams;

/// <summary>A query of a pipeline: its operators are added when it is read as rows of a type, which is done once.</summary>
public sealed class SqlQuery
{
    private readonly Pipeline _pipeline;
    private readonly string _name, _text;
    private readonly BoundQuery _query;
    private readonly SqlInputs _inputs;
    private readonly SqlOptions _options;
    private readonly RelationTraits _traits;
    private bool _isRead;

    internal SqlQuery(Pipeline pipeline, string name, string text, BoundQuery query, SqlInputs inputs, SqlOptions options)
    {
        (_pipeline, _name, _text, _query, _inputs, _options) = (pipeline, name, text, query, inputs, options);
        TraitInference inference = TraitInference.Of(query.Emit);
        _traits = inference.Of(query.Relation);
        Columns = [.. query.Relation.Columns.Select(static one => new SqlColumn(one.Name, one.Type.ToString(), one.IsNullable))];
        Warnings = GrowthCheck.Of(inference, query.Relation, options.GrowingState, $"Pipeline '{pipeline.Name}', query '{name}'");
    }

    /// <summary>The columns of the result.</summary>
    public IReadOnlyList<SqlColumn> Columns { get; }

    /// <summary>What rows of the result may say of earlier ones. <see cref="ChangelogMode.InsertOnly"/>: it is read by
    /// <see cref="ToStream{T}"/>, else by <see cref="ToChanges{T}"/> or as a table.</summary>
    public ChangelogMode Changelog => _traits.Mode;

    /// <summary>The columns that no two rows of the result have the same values of; empty where there are none.</summary>
    public IReadOnlyList<string> Key => _traits.Key is null ? [] : [.. _traits.Key.Select(at => Columns[at].Name)];

    /// <summary>What should be known before it runs for long: state that grows for ever.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>The steps of the query, one a line, each with what its rows say of earlier ones, their key, and what it keeps.</summary>
    public string Explain() => string.Join('\n', PlanExplanation.Of(_query.Relation, _query.Emit));

    /// <summary>The rows as a type of one's own: a parameter of its constructor or a settable property for each column, found by name
    /// without regard to case and underscores.</summary>
    /// <typeparam name="T">The row; or, for a result of one column, the value.</typeparam>
    /// <exception cref="PipelineException">A column has no property, a parameter no column, or their types differ; or rows are taken back.
    /// The message says what to do.</exception>
    /// <exception cref="SqlException">A part of the query cannot be run.</exception>
    public Stream<T> ToStream<T>()
    {
        InsertOnly(nameof(ToChanges));
        return (Stream<T>)Read(RowCarrier.Plain(TypeOf<T>()));
    }

    /// <summary>The changes of the result: rows that come, and rows that go.</summary>
    /// <inheritdoc cref="ToStream{T}"/>
    public Stream<Change<T>> ToChanges<T>() => (Stream<Change<T>>)Read(RowCarrier.Changes(TypeOf<T>()));

    /// <summary>The result as a table.</summary>
    /// <param name="name">Stable and unique in the pipeline: the rows are stored under it.</param>
    /// <param name="keyOf">The key of a row: no two rows of the result have the same.</param>
    /// <typeparam name="TKey">The key.</typeparam>
    /// <typeparam name="T">The row.</typeparam>
    /// <exception cref="PipelineException">A column has no property, a parameter no column, or their types differ.</exception>
    /// <exception cref="SqlException">A part of the query cannot be run.</exception>
    public Table<TKey, T> ToTable<TKey, T>(string name, Func<T, TKey> keyOf) => ToChanges<T>().ToTable(name, keyOf, _options.Errors);

    /// <summary>The rows without a type of one's own.</summary>
    /// <exception cref="PipelineException">Rows are taken back.</exception>
    /// <exception cref="SqlException">A part of the query cannot be run.</exception>
    public Stream<SqlRow> ToStream()
    {
        InsertOnly(nameof(ToChanges));
        IReadOnlyList<SqlColumn> columns = Columns;
        return ((Stream<object?[]>)Read(RowCarrier.Plain(ClrBoxes.Layout(RowColumns)))).Map(values => new SqlRow(columns, values));
    }

    /// <summary>The changes of the result without a type of one's own.</summary>
    /// <exception cref="SqlException">A part of the query cannot be run.</exception>
    public Stream<Change<SqlRow>> ToChanges()
    {
        IReadOnlyList<SqlColumn> columns = Columns;
        return ((Stream<Change<object?[]>>)Read(RowCarrier.Changes(ClrBoxes.Layout(RowColumns))))
            .Map(change => new Change<SqlRow>(new SqlRow(columns, change.Row), change.Weight));
    }

    private RowColumn[] RowColumns => [.. _query.Relation.Columns.Select(static one => new RowColumn(one.Name, one.Type, one.IsNullable))];

    private RowLayout TypeOf<T>() => ResultType.Of(typeof(T), RowColumns, $"Pipeline '{_pipeline.Name}', query '{_name}'");

    private object Read(RowCarrier output)
    {
        if (_isRead)
        {
            throw new PipelineException(
                $"Pipeline '{_pipeline.Name}', query '{_name}' was made a stream before. Keep that stream: it can be read " +
                "several times.");
        }

        _isRead = true;
        var context = new RowContext { Statement = _name, Clock = _options.Clock };
        var planner = new Planner(_pipeline, _name, new RowTypes(), table => _inputs.Rows[table.Name],
            context)
        { Errors = _options.Errors };
        try
        {
            return planner.PlanAs(_query.Relation, _query.Emit, output);
        }
        catch (SqlFault fault)
        {
            throw StatementFaults.Placed(fault, _text);
        }
    }

    private void InsertOnly(string instead)
    {
        if (_traits.Mode == ChangelogMode.InsertOnly)
            return;
        throw new PipelineException($"Pipeline '{_pipeline.Name}', query '{_name}': its result takes rows back " +
            $"({PlanExplanation.ModeText(_traits, _query.Relation.Columns)}), so it is no stream of rows. " +
            $"Read it by {instead}, or as a table; or say EMIT ON WINDOW CLOSE, " +
            "where windows are complete by a watermark.");
    }
}
