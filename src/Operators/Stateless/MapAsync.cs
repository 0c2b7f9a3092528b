using ActorStreams.Core.Sources;
using ActorStreams.Operators.Stateless;

namespace ActorStreams;

/// <summary>One call to a service per row.</summary>
public static class MapAsyncOperator
{
    /// <summary>Turns every row into another by an asynchronous call, many of them under way at once; event time stays.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="call">
    /// T → TOut. Begun on the operator's actor, where it must not block; what follows its first await runs on the job's scheduler, beside
    /// other calls. The token is cancelled at the timeout and when the job ends; a call that ignores it goes on unseen, no longer counted,
    /// and its result is dropped.
    /// </param>
    /// <param name="options">How many, how long, in which order; null: the defaults.</param>
    /// <param name="name">The operator's name in plans and errors; made up if null.</param>
    /// <param name="errors">What becomes of a row whose call throws or takes too long; null: as the job's options say.</param>
    /// <returns>The results, each with the event time (and the position, for dead letters) of its row.</returns>
    /// <remarks>
    /// <para>Keeps <see cref="MapAsyncOptions.Capacity"/> rows, and a chunk of 256 that wait; then what is upstream waits.</para>
    /// <para>No call is under way when an epoch ends: the barrier waits for those that are, at most for the timeout. So calls are no part
    /// of the state, and after a crash those of the epoch that did not commit are made again: a service sees <b>at least one</b> call per
    /// row, while results are exactly once.
    /// If the service must not act twice, give it something to know a row by.</para>
    /// <para>A watermark never overtakes a row whose call was made before it, nor is it overtaken, in either order; unordered results
    /// change places only between two watermarks.</para>
    /// <para>A call that throws is made again as <see cref="MapAsyncOptions.MaxAttempts"/> says, within the same timeout, place in the
    /// order and epoch; the last error is the row's.</para>
    /// </remarks>
    /// <exception cref="PipelineException">A number is not positive.</exception>
    /// <seealso href="https://nightlies.apache.org/flink/flink-docs-stable/docs/dev/datastream/operators/asyncio/">
    /// Flink's asynchronous I/O, whose order, capacity and timeout this follows; Flink stores the rows under way with a checkpoint instead
    /// of waiting for them.</seealso>
    public static Stream<TOut> MapAsync<T, TOut>(
        this Stream<T> source, Func<T, CancellationToken, ValueTask<TOut>> call, MapAsyncOptions? options = null, string? name = null,
        ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(call);
        options ??= new MapAsyncOptions();
        name ??= source.Pipeline.NameFor("map-async");
        options.Validate(source.Pipeline.Name, name);
        return source.Add(new MapAsyncNode<T, TOut>(name, source.Node, call, options) { Errors = errors });
    }

    /// <summary>The same, with calls that are run by what <see cref="MapAsyncOptions{TOut}.Resilience"/> says.</summary>
    /// <inheritdoc cref="MapAsync{T, TOut}(Stream{T}, Func{T, CancellationToken, ValueTask{TOut}}, MapAsyncOptions?, string?, ErrorPolicy?)"/>
    public static Stream<TOut> MapAsync<T, TOut>(
        this Stream<T> source, Func<T, CancellationToken, ValueTask<TOut>> call, MapAsyncOptions<TOut>? options, string? name = null,
        ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(call);
        Func<T, CancellationToken, ValueTask<TOut>> run = options?.Resilience is { } resilience
            ? (row, token) => resilience(again => call(row, again), token)
            : call;
        return MapAsync(source, run, (MapAsyncOptions?)options, name, errors);
    }
}

/// <summary>How an asynchronous operator makes its calls, and what runs each of them.</summary>
/// <typeparam name="TOut">The result of a call.</typeparam>
public sealed record MapAsyncOptions<TOut> : MapAsyncOptions
{
    /// <summary>
    /// Runs each call, to repeat it, to break a circuit or to give up early; a Polly pipeline fits: <c>(call, token) =>
    /// polly.ExecuteAsync(call, token)</c>. All that it does is
    /// one attempt, within <see cref="MapAsyncOptions.Timeout"/>. Default: the call alone.
    /// </summary>
    public Func<Func<CancellationToken, ValueTask<TOut>>, CancellationToken, ValueTask<TOut>>? Resilience { get; init; }

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new MapAsyncOptions<TOut>());
}

/// <summary>How an asynchronous operator makes its calls.</summary>
public record MapAsyncOptions
{
    /// <summary>Calls under way, and results that wait for their turn, at most, in each of the operator's actors. Default: 100.</summary>
    public int Capacity { get; init; } = 100;

    /// <summary>How long a call may take by the job's clock, with all its attempts and the waits between them, at most 24 days; then its
    /// token is cancelled and the row has failed with a <see cref="TimeoutException"/>.
    /// <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for ever, but then a call that never returns holds its epoch for ever.
    /// Default: 30 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A call that throws is made again until it has been made so often. Default: 1, it is not made again.</summary>
    public int MaxAttempts { get; init; } = 1;

    /// <summary>The wait by the job's clock after the first attempt that failed; doubled for each further one. Default: 1 second.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait between two attempts. Default: 1 minute.</summary>
    public TimeSpan LastRetry { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Results come out in the order of the rows; otherwise as they are there, which is faster where calls differ in length.
    /// Default: true.</summary>
    public bool Ordered { get; init; } = true;

    internal void Validate(string pipeline, string name)
    {
        if (Capacity < 1)
            throw new PipelineException(
                $"Pipeline '{pipeline}', operator '{name}': {nameof(Capacity)} is {Capacity}; it must be at least 1.");
        if (Timeout != System.Threading.Timeout.InfiniteTimeSpan && (Timeout <= TimeSpan.Zero || Timeout > TimeSpan.FromDays(24)))
        {
            throw new PipelineException(
                $"Pipeline '{pipeline}', operator '{name}': {nameof(Timeout)} is {Timeout}; it must be positive and at most 24 days, " +
                $"or {nameof(System.Threading.Timeout)}.{nameof(System.Threading.Timeout.InfiniteTimeSpan)}.");
        }

        string where = $"Pipeline '{pipeline}', operator '{name}'";
        if (MaxAttempts < 1)
            throw new PipelineException($"{where}: {nameof(MaxAttempts)} is {MaxAttempts}; it must be at least 1.");
        if (FirstRetry <= TimeSpan.Zero)
            throw new PipelineException($"{where}: {nameof(FirstRetry)} is {FirstRetry}; it must be positive.");
        if (LastRetry < FirstRetry || LastRetry > TimeSpan.FromDays(24))
            throw new PipelineException(
                $"{where}: {nameof(LastRetry)} is {LastRetry}; it must be from {FirstRetry} ({nameof(FirstRetry)}) to 24 days.");
    }

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new MapAsyncOptions());
}

internal sealed class MapAsyncNode<TIn, TOut>(
    string name, StreamNode<TIn> input, Func<TIn, CancellationToken, ValueTask<TOut>> call, MapAsyncOptions options)
    : OperatorNode<TIn, TOut>(name, "map-async", input)
{
    public override string Detail => $"{(options.Ordered ? "ordered" : "unordered")}, {options.Capacity} at once, " +
        (options.Timeout == Timeout.InfiniteTimeSpan ? "no timeout" : $"timeout {options.Timeout}") +
        (options.MaxAttempts > 1 ? $", {options.MaxAttempts} attempts" : "");

    public override Receiver<TIn> Attach(StageBuild build)
    {
        var output = new RowBuffer<TOut>(build.Context, build.Downstream(this), build.WithPositions);
        Func<TIn, CancellationToken, ValueTask<TOut>> attempts = Attempts<TIn, TOut>.Of(call, options, build.Context.Clock);
        return new MapAsync<TIn, TOut>(attempts, options, output, build.ErrorsOf(this), build.Context);
    }
}

/// <summary>Makes calls, up to its capacity, and puts their results out in an order that <see cref="CallQueue{TIn, TOut}"/>
/// decides.</summary>
/// <remarks>Everything here runs in the actor's turn, but <see cref="CallsUnderWay{TIn, TOut}.AwaitAsync"/> after its await.</remarks>
internal sealed class MapAsync<TIn, TOut>(
    Func<TIn, CancellationToken, ValueTask<TOut>> function, MapAsyncOptions options, RowBuffer<TOut> output,
    OperatorErrors errors, StageContext context)
    : HoldingOperator<TIn, TOut>(output, context), IResumable, IAsyncPart, IHolder
{
    private long _progressAt;

    private readonly CallsUnderWay<TIn, TOut> _calls = new(
        options.Ordered ? new OrderedCalls<TIn, TOut>() : new UnorderedCalls<TIn, TOut>(), options.Timeout, context);

    private CancellationTokenSource _nextCall = new();

    public bool IsWaiting { get; private set; }

    public string HolderName => errors.OperatorName;

    public (string What, long Since)? Holding =>
        _calls.Count is > 0 and var count ? ($"has {count:N0} calls under way, none of which has returned", Volatile.Read(ref _progressAt))
            : null;

    public bool IsIdle => !IsSuspended && _calls.Queue.IsEmpty && Output.IsEmpty;

    public override void OnChunk(in Chunk<TIn> chunk)
    {
        int row = 0;
        if (!IsSuspended && !Context.MustYield)
        {
            while (row < chunk.Count && MakeRoom())
            {
                Call(chunk.Rows[row], chunk.Times[row], chunk.PositionOf(row));
                row++;
            }

            if (row == chunk.Count)
            {
                if (!Context.MustYield)
                    Output.Send();
                return;
            }
        }

        Hold(chunk.Slice(row, chunk.Count - row));
    }

    public override Fired Fire()
    {
        while (!Waiting.IsEmpty)
        {
            if (!MakeRoom())
                return Fired.Stopped;
            Waiting.TryTake(out TIn row, out long time, out long position);
            Call(row, time, position);
        }

        return Fired.All;
    }

    /// <summary>The watermark takes its place behind the calls that are under way.</summary>
    public override void OnFired()
    {
        if (_calls.Queue.IsEmpty)
            base.OnFired();
        else
            _calls.Queue.AddWatermark(Watermark);
    }

    public bool Advance()
    {
        _calls.CheckDeadlines();
        if (!Context.MayEmit(this) || !PutOut())
            return false;
        IsWaiting = false;
        return true;
    }

    public override async ValueTask CloseAsync()
    {
        await _calls.CloseAsync();
        _nextCall.Dispose();
    }

    /// <returns>Whether a call may be made; otherwise either output is full, or <see cref="IsWaiting"/> is set.</returns>
    private bool MakeRoom()
    {
        if (!Context.MustYield && (_calls.Count >= options.Capacity || Output.IsFull))
            PutOut();
        if (Context.MustYield)
            return false;
        IsWaiting = _calls.Count >= options.Capacity;
        return !IsWaiting;
    }

    private void Call(TIn row, long time, long position)
    {
        ValueTask<TOut> result;
        try
        {
            result = function(row, _nextCall.Token);
            if (result.IsCompleted && _calls.Queue.MayPass)
            {
                Output.Add(result.Result, time, position);
                return;
            }
        }
        catch (Exception error)
        {
            errors.OnRow(error, row, time, position);
            return;
        }

        var call = new AsyncCall<TIn, TOut>(row, time, position, _nextCall);
        _nextCall = new CancellationTokenSource();
        if (_calls.Count == 0)
            Volatile.Write(ref _progressAt, SourceClockwork.Now(Context.Clock));
        _calls.Add(call);
        _ = _calls.AwaitAsync(call, result);
    }

    /// <summary>Emits what is there, as far as its turn has come and output takes it.</summary>
    /// <returns>Whether anything was there.</returns>
    private bool PutOut()
    {
        bool any = false;
        while (!Context.MustYield)
        {
            if (Output.IsFull)
            {
                Output.Send();
                any = true;
                continue;
            }

            if (_calls.TryTake(out AsyncCall<TIn, TOut>? call))
            {
                any = true;
                Volatile.Write(ref _progressAt, SourceClockwork.Now(Context.Clock));
                if (call.Error is { } error)
                    errors.OnRow(error, call.Row, call.Time, call.Position);
                else
                    Output.Add(call.Result, call.Time, call.Position);
                continue;
            }

            if (!Output.IsEmpty)
            {
                Output.Send();
                any = true;
                continue;
            }

            if (!_calls.Queue.TryTakeWatermark(out long watermark))
                break;
            Output.Output.OnWatermark(watermark);
            any = true;
        }

        return any;
    }
}
