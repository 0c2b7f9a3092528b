using System.Runtime.InteropServices;
using ActorStreams.Core.Process;
using ActorStreams.Operators.Outbox.Runtime;
using ActorStreams.Operators.Stateless;

namespace ActorStreams;

/// <summary>Calls to the outside that have an effect there: payments, mails, orders.</summary>
public static class CallOutOperator
{
    /// <summary>Makes one call to the outside per row, with an id that stays the same however often it must be made again, until it is
    /// acknowledged.</summary>
    /// <param name="source">The rows, by the key within which calls stay in order.</param>
    /// <param name="name">Stable and unique in the pipeline: the calls to be made are stored under it, and their ids follow from
    /// it.</param>
    /// <param name="call">
    /// Makes the call; returning acknowledges it. Give <see cref="Effect{TKey, T}.Id"/> to the other side, which should do nothing the
    /// second time it sees it. Begun on the operator's actor, where it must not block; the token is cancelled at the timeout and when the
    /// job ends.
    /// </param>
    /// <param name="options">How many at once, how long, how often, and what then; null: the defaults.</param>
    /// <param name="errors">What becomes of a row whose key throws; null: as the job's options say. Of a call that fails, the options say
    /// it.</param>
    /// <returns>(TKey, T) → what came of each call, when it is known, at the row's event time or the watermark that has passed meanwhile. A
    /// pipeline may end here.</returns>
    /// <remarks>
    /// <para><b>Before</b> a call is made, the epoch of its row is committed, and the call with it: so nothing is called that a restart
    /// would not know of. An acknowledgement is committed with the epoch in which it comes, together with what is put out; from then on the
    /// call is never made again. A call that was made and whose acknowledgement is not committed (a crash, a timeout, a lost answer) is
    /// made again <b>with the same id</b>.</para>
    /// <para>The id follows from pipeline, operator, key and the position of the row in its source; where a row has none any more (after
    /// windows, joins, tables), from the number of the call among those of its key, for which 8 bytes are kept per key.</para>
    /// <para>Keeps each row until its call is over. The watermark does not wait for calls, but the end of the input does: a job is complete
    /// when every call is over. Counts <c>calls</c>, <c>acknowledged</c>, <c>failed</c> (attempts), <c>given_up</c> and <c>open</c>.</para>
    /// </remarks>
    /// <exception cref="PipelineException">The name is taken, or an option is out of range.</exception>
    /// <seealso href="https://microservices.io/patterns/data/transactional-outbox.html">The transactional outbox: the message is stored
    /// with the change, then sent until acknowledged.</seealso>
    public static Stream<Outcome<TKey, T, TAnswer>> CallOut<TKey, T, TAnswer>(
        this KeyedStream<TKey, T> source, string name, Func<Effect<TKey, T>, CancellationToken, ValueTask<TAnswer>> call,
        CallOutOptions? options = null, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(call);
        options ??= new CallOutOptions();
        options.Validate(source.Stream.Pipeline.Name, name);
        return source.Stream.Add(new CallOutNode<TKey, T, TAnswer>(name, source, call, options) { Errors = errors });
    }

    /// <summary>The same for calls that answer nothing.</summary>
    /// <inheritdoc cref="CallOut{TKey, T, TAnswer}"/>
    /// <returns>(TKey, T) → each call once it is acknowledged. A pipeline may end here.</returns>
    /// <exception cref="PipelineException">The name is taken, or an option is out of range; <see cref="GiveUp.Emit"/> needs calls with an
    /// answer.</exception>
    public static Stream<Effect<TKey, T>> CallOut<TKey, T>(
        this KeyedStream<TKey, T> source, string name, Func<Effect<TKey, T>, CancellationToken, ValueTask> call,
        CallOutOptions? options = null, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(call);
        if (options?.GiveUp == GiveUp.Emit)
            throw new PipelineException(
                $"Pipeline '{source.Stream.Pipeline.Name}', operator '{name}': {nameof(GiveUp)}.{nameof(GiveUp.Emit)} puts out outcomes. Let the call return something, such as true.");
        Stream<Outcome<TKey, T, bool>> outcomes = CallOut<TKey, T, bool>(
            source,
            name,
            async (effect, cancellation) =>
            {
                await call(effect, cancellation);
                return true;
            },
            options,
            errors);
        return outcomes.Map(static outcome => outcome.Effect).Of(outcomes.Named);
    }
}

/// <summary>A call to be made, or made.</summary>
/// <param name="Id">The same for every attempt, also after a crash, and different for every row: what the other side knows a repetition by.
/// A UUID of version 8.</param>
/// <param name="Key">The row's key.</param>
/// <param name="Row">The row.</param>
/// <param name="Attempt">The number of this attempt, from 1, as far as is known: one whose failure was not committed before a crash is not
/// counted.</param>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The row.</typeparam>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Effect<TKey, T>(Guid Id, TKey Key, T Row, int Attempt);

/// <summary>What came of a call.</summary>
/// <param name="Effect">The call, as it was made last.</param>
/// <param name="IsAcknowledged">Whether it returned; otherwise it was given up after its last attempt.</param>
/// <param name="Answer">What it returned; default if it was given up.</param>
/// <param name="Error">Why the last attempt failed; null if it was acknowledged.</param>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The row.</typeparam>
/// <typeparam name="TAnswer">The answer.</typeparam>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Outcome<TKey, T, TAnswer>(Effect<TKey, T> Effect, bool IsAcknowledged, TAnswer? Answer, string? Error);

internal sealed class CallOutNode<TKey, T, TAnswer>(
    string name, KeyedStream<TKey, T> input, Func<Effect<TKey, T>, CancellationToken, ValueTask<TAnswer>> call, CallOutOptions options)
    : KeyedNode<TKey, T, Outcome<TKey, T, TAnswer>>(name, "call-out", input), ISinkNode
{
    public override string Detail => $"{options.Capacity} at once, timeout {options.Timeout}, " +
        (options.MaxAttempts is { } most ? $"{most} attempts, then {options.GiveUp.ToString().ToLowerInvariant()}" : "until acknowledged");

    public override bool NeedsPositions => true;

    public override bool NeedsDeadLetters => options is { MaxAttempts: not null, GiveUp: GiveUp.DeadLetter };

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<T>(pipeline, "row");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => new OutboxStates<TKey, T>(shards);

    protected override KeyedOperator<TKey, T> Build(StageBuild build, RegionSite<TKey, T> site)
    {
        build.Work.IsUsed = true;
        return new CallOut<TKey, T, TAnswer>(
            site, new OutboxStates<TKey, T>(site.Shards), call, options,
            new EffectIds<TKey>(build.Context.Pipeline, Name, build.Partitions), build.Work,
            new RowBuffer<Outcome<TKey, T, TAnswer>>(build.Context, build.Downstream(this), build.WithPositions));
    }
}
