using ActorStreams.Sql.Binding.Statements;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Queries;

namespace ActorStreams;

/// <summary>Queries of SQL inside of a pipeline.</summary>
public static class SqlPipeline
{
    /// <summary>A query over streams and tables of the pipeline: it never ends, its result follows its inputs.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="name">Stable and unique in the pipeline: the operators of the query have names that begin with it, and their state is
    /// stored under them.</param>
    /// <param name="query">One SELECT, in PostgreSQL's language with windows as table functions.</param>
    /// <param name="inputs">Names what the query reads: <c>from => from.Stream("bids", bids)</c>.</param>
    /// <param name="options">How it is planned; null: the defaults.</param>
    /// <returns>The result, to be read as rows of a type.</returns>
    /// <remarks>A changed query has other operators: give it another name, so that what is stored of the old one is not mixed
    /// with it.</remarks>
    /// <exception cref="SqlException">The query means nothing, or what it means cannot be run; the message shows the place.</exception>
    /// <exception cref="PipelineException">An input or the name is wrong, or the state grows for ever and the options refuse
    /// that.</exception>
    /// <example><code>
    /// Stream&lt;Total&gt; totals = pipeline
    ///     .Sql("totals", "SELECT auction, price FROM bids WHERE price > 100", from => from.Stream("bids", bids))
    ///     .ToStream&lt;Total&gt;();
    /// </code></example>
    public static SqlQuery Sql(
        this Pipeline pipeline, string name, string query, Action<SqlInputs>? inputs = null, SqlOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(query);
        var given = new SqlInputs(pipeline);
        inputs?.Invoke(given);
        return Binder.Bind(query, given.Catalog) is BoundQuery bound
            ? new SqlQuery(pipeline, name, query, bound, given, options ?? new SqlOptions())
            : throw new SqlException(SqlErrorCategory.Unsupported, SqlState.FeatureNotSupported,
                "A pipeline takes a SELECT.", "Other statements are for an SqlJob.");
    }
}
