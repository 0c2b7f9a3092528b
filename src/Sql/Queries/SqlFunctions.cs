using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Rows;

namespace ActorStreams;

/// <summary>Functions of the application's own that statements may call: for each row, over groups of rows, and such that give
/// rows.</summary>
/// <remarks>
/// <para>Names are compared without regard to case. Several functions of one name differ by their arguments, and the one is called that the
/// arguments of a statement fit best, as among SQL's own; an argument that no function takes is an error of the statement.</para>
/// <para>They are called for rows whose arguments are not NULL, and must give the same for the same arguments, as all that a pipeline
/// calls: rows that go are computed as when they came.</para>
/// </remarks>
/// <example><code>
/// var functions = new SqlFunctions()
///     .Add("fee", (decimal price) => price * 0.05m)
///     .AddAggregate&lt;double, double?&gt;("median", rows => rows.Percentile(0.5, value => value))
///     .AddRows("words", (string text) => text.Split(' '));
/// </code></example>
public sealed class SqlFunctions
{
    internal OwnFunctions Known { get; } = new();

    /// <summary>A function that gives a value for each row: <c>SELECT fee(price) FROM bids</c>.</summary>
    /// <param name="name">What statements call it.</param>
    /// <param name="function">Takes and gives numbers, texts, truth values, dates and times. NULL as an argument gives NULL without a
    /// call.</param>
    /// <returns>The same functions.</returns>
    /// <exception cref="PipelineException">SQL has no type for a parameter, or for the result.</exception>
    public SqlFunctions Add(string name, Delegate function)
    {
        ArgumentNullException.ThrowIfNull(function);
        Known.Add(UserFunctions.Of(Lowered(name), function));
        return this;
    }

    /// <summary>An aggregate: <c>SELECT kind, median(price) FROM bids GROUP BY kind</c>, also with FILTER, DISTINCT, ORDER BY, OVER, over
    /// windows and in patterns.</summary>
    /// <param name="name">What statements call it.</param>
    /// <param name="aggregate">
    /// How it is computed: any aggregate of the library, or one by functions of your own (<c>Aggregate.Fold</c>, <c>Aggregate.By</c>). A
    /// row of it is the argument; of several arguments a tuple or a record of them, in the order of its constructor. A row in which an
    /// argument is NULL does not count, unless its part is a <see cref="Nullable{T}"/>.
    /// </param>
    /// <returns>The same functions.</returns>
    /// <remarks>Where rows may go again, one that cannot take rows back (<see cref="Aggregate{TIn}.CanRetract"/>) is computed anew from all
    /// rows of the group with every change, and these are kept; EXPLAIN says so.</remarks>
    /// <exception cref="PipelineException">SQL has no type for an argument or for the result, or has an aggregate of this name.</exception>
    public SqlFunctions AddAggregate<TIn, TOut>(string name, Aggregate<TIn, TOut> aggregate)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        string lowered = Lowered(name);
        if (Resolve.IsAggregate(lowered))
            throw new PipelineException($"Aggregate '{name}': SQL has one of this name. Give yours another.");
        Known.Add(UserAggregate.Of(lowered, aggregate));
        return this;
    }

    /// <inheritdoc cref="AddAggregate{TIn, TOut}(string, Aggregate{TIn, TOut})"/>
    public SqlFunctions AddAggregate<TIn, TOut>(string name, Func<AggregateStart<TIn>, Aggregate<TIn, TOut>> aggregate)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        return AddAggregate(name, aggregate(default));
    }

    /// <summary>A function that gives any number of rows: <c>SELECT * FROM notes, words(notes.text) AS w</c>, also with LEFT JOIN LATERAL
    /// … ON TRUE and WITH ORDINALITY.</summary>
    /// <param name="name">What statements call it.</param>
    /// <param name="function">
    /// Takes what <see cref="Add"/> says, and gives an <see cref="IEnumerable{T}"/>: of values, which are one column, or of a type whose
    /// public properties are the columns. It is enumerated as fast as rows are taken. NULL as an argument gives no rows, without a
    /// call.
    /// </param>
    /// <returns>The same functions.</returns>
    /// <remarks>Keeps nothing. Where a row goes, it is called again, and the rows that it gives go.</remarks>
    /// <exception cref="PipelineException">SQL has no type for a parameter, or the result is no sequence of rows.</exception>
    public SqlFunctions AddRows(string name, Delegate function)
    {
        ArgumentNullException.ThrowIfNull(function);
        Known.Add(UserFunctions.RowsOf(Lowered(name), function));
        return this;
    }

    /// <summary>The names, as SHOW FUNCTIONS has them.</summary>
    public override string ToString() => string.Join(", ", Known.Names);

    private static string Lowered(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return name.ToLowerInvariant();
    }
}
