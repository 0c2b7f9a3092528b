using ActorStreams.Operators.Rules.Runtime;

namespace ActorStreams;

/// <summary>Finds patterns that come, change and go while the job runs.</summary>
public static class RulesOperator
{
    /// <summary>Finds, in each key's rows, the patterns that the rules of another stream describe. Say next, if need be, what becomes of
    /// late rows and timed-out matches; then what a match gives: <see cref="RuleStream{TKey, T}.Select"/>.</summary>
    /// <param name="source">The keyed rows, with event times.</param>
    /// <param name="name">Stable and unique in the pipeline: rules, partial matches and waiting rows are stored under it.</param>
    /// <param name="changes">How the rules change; goes to every actor. A change of event time t is in force for rows of event time t and
    /// later.</param>
    /// <param name="conditions">What the rules' texts may name. What a stored rule names must stay in it, or the job does not
    /// start.</param>
    /// <param name="errors">What becomes of a row, or of a match when its result is computed, on which user code throws; null: as the job's
    /// options say.</param>
    /// <remarks>
    /// <para>The watermark is the least of rows and changes, those that are idle left out; see
    /// <see cref="RuleStream{TKey, T}.ChangesOnArrival"/>. Rows wait for it in steps of 100 ms of event time. A change that comes after its
    /// time is in force from the first row that has not been matched yet.</para>
    /// <para>A rule that is replaced by one which begins with the same stages keeps its partial matches: conditions and time bounds may
    /// change, stages may be appended. Otherwise they are dropped, and counted; see <see cref="RuleStream{TKey, T}.RefuseIncompatible"/>. A
    /// text that is no pattern goes to the dead letters, and what was in force stays so.</para>
    /// <para>A row is shown to the rules whose first condition it passes and to those that have partial matches of its key, not to the
    /// others. First conditions that say what a property equals (<see cref="PatternConditions{T}.AddProperty"/>) are found by its value;
    /// others are evaluated once a row, for all rules that have them.</para>
    /// <para>Counters: <c>rules</c>, <c>partial_matches</c> (at present), <c>changes_applied</c>, <c>changes_late</c>,
    /// <c>changes_stale</c>, <c>changes_refused</c>, <c>partials_dropped</c>, <c>late_dropped</c>, <c>matches</c>, <c>timed_out</c>,
    /// <c>rows_capped</c>.</para>
    /// </remarks>
    public static RuleStream<TKey, T> Match<TKey, T>(
        this KeyedStream<TKey, T> source, string name, Stream<RuleChange> changes, PatternConditions<T> conditions,
            ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(conditions);
        return source.Match(name, changes, text => Pattern.Parse(text, conditions), errors);
    }

    /// <summary>The same, with patterns that code makes of what a change says: <c>text => text switch { "guessing" => …, … }</c>.</summary>
    /// <param name="source">The keyed rows, with event times.</param>
    /// <param name="name">Stable and unique in the pipeline: rules, partial matches and waiting rows are stored under it.</param>
    /// <param name="changes">How the rules change; goes to every actor. A change of event time t is in force for rows of event time t and
    /// later.</param>
    /// <param name="patternOf">
    /// The pattern of a change's text, the same whenever it is asked: the text is stored, and asked for again after a restart. A change on
    /// whose text it throws is refused. To share conditions between rules, give them the same functions.
    /// </param>
    /// <param name="errors">What becomes of a row, or of a match when its result is computed, on which user code throws; null: as the job's
    /// options say.</param>
    public static RuleStream<TKey, T> Match<TKey, T>(
        this KeyedStream<TKey, T> source, string name, Stream<RuleChange> changes, Func<string, Pattern<T>> patternOf,
            ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(changes);
        ArgumentNullException.ThrowIfNull(patternOf);
        if (changes.Pipeline != source.Stream.Pipeline)
        {
            throw new PipelineException(
                $"Pipeline '{source.Stream.Pipeline.Name}', operator '{name}': its rules '{changes.Node.Name}' belong to pipeline " +
                $"'{changes.Pipeline.Name}'. Build both in one pipeline, or write one to a topic that the other reads.");
        }

        return new RuleStream<TKey, T>(source, name, changes, new RuleSettings<TKey, T>(patternOf) { Errors = errors });
    }
}
