using System.Runtime.InteropServices;
using ActorStreams.Core.Process;
using ActorStreams.Core.Storage;
using ActorStreams.Operators.Stateless;

namespace ActorStreams;

/// <summary>Joins with what a service or a database knows.</summary>
public static class LookupJoinOperator
{
    /// <summary>Asks a service for the value of each row's key, and remembers the answers.</summary>
    /// <param name="source">The rows, by the key that is asked for.</param>
    /// <param name="name">Stable and unique in the pipeline: the answers are stored under it.</param>
    /// <param name="lookup">
    /// The answer for a key; <see cref="Lookup{TValue}.None"/> if there is none. Begun on the operator's actor, where it must not block.
    /// The token is cancelled at the timeout and when the job ends.
    /// </param>
    /// <param name="type"><see cref="JoinType.Inner"/> or <see cref="JoinType.Left"/>.</param>
    /// <param name="options">How many at once, how long, in which order, how long answers are kept; null: the defaults.</param>
    /// <param name="errors">What becomes of a row whose lookup throws or takes too long; null: as the job's options say.</param>
    /// <returns>(TKey, T) → the row and the answer, at the row's event time.</returns>
    /// <remarks>
    /// <para>Rows of one key that come while it is being asked for share the answer. With
    /// <see cref="LookupJoinOptions{TValue}.CacheTimeToLive"/> answers, also that there is none, are kept by the job's clock and journaled
    /// with the epoch: what an epoch that is committed has asked is not asked again after a crash; a lookup of an epoch that did not commit
    /// is asked again, and may be answered otherwise.</para>
    /// <para>All else is as in <see cref="MapAsyncOperator"/>: no call is under way when an epoch ends, and a watermark never overtakes a
    /// row.</para>
    /// </remarks>
    /// <exception cref="PipelineException">The type is not inner or left, or a number is not positive.</exception>
    public static Stream<Joined<T, TValue>> LookupJoin<TKey, T, TValue>(
        this KeyedStream<TKey, T> source, string name, Func<TKey, CancellationToken, ValueTask<Lookup<TValue>>> lookup,
        JoinType type = JoinType.Inner, LookupJoinOptions<TValue>? options = null, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(lookup);
        options ??= new LookupJoinOptions<TValue>();
        options.Validate(source.Stream.Pipeline.Name, name, type);
        return source.Stream.Add(new LookupNode<TKey, T, TValue>(name, source, lookup, type, options) { Errors = errors });
    }
}

/// <summary>The answer to a lookup.</summary>
/// <param name="HasValue">Whether the key is known.</param>
/// <param name="Value">Its value; default if it is not.</param>
/// <typeparam name="TValue">The value.</typeparam>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Lookup<TValue>(bool HasValue, TValue? Value)
{
    /// <summary>The key is not known.</summary>
    public static Lookup<TValue> None => default;

    /// <summary>The key has this value.</summary>
    public static implicit operator Lookup<TValue>(TValue value) => new(true, value);
}

/// <summary>How a lookup join asks: how many rows at once, how long an answer may take, how often a lookup that throws is made; and how
/// long answers are kept.</summary>
/// <typeparam name="TValue">The answer.</typeparam>
public sealed record LookupJoinOptions<TValue> : MapAsyncOptions
{
    /// <summary>The time to live of an answer, by the job's clock: how long it is kept and given without asking again. Null: no answer is
    /// kept. Default: null.</summary>
    public TimeSpan? CacheTimeToLive { get; init; }

    /// <summary>Runs each call, to repeat it or to give up early; a Polly pipeline fits: <c>(call, token) => polly.ExecuteAsync(call,
    /// token)</c>. Default: one attempt.</summary>
    public Func<Func<CancellationToken, ValueTask<Lookup<TValue>>>, CancellationToken, ValueTask<Lookup<TValue>>>? Resilience { get; init; }

    internal void Validate(string pipeline, string name, JoinType type)
    {
        Validate(pipeline, name);
        if (type is not (JoinType.Inner or JoinType.Left))
            throw new PipelineException(
                $"Pipeline '{pipeline}', operator '{name}': a lookup join is inner or left, not {type.ToString().ToLowerInvariant()}.");
        if (CacheTimeToLive is { } time && time <= TimeSpan.Zero)
            throw new PipelineException(
                $"Pipeline '{pipeline}', operator '{name}': {nameof(CacheTimeToLive)} is {time}; it must be positive, or null for no cache.");
    }

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new LookupJoinOptions<TValue>());
}

/// <summary>An answer, and until when it holds.</summary>
[StructLayout(LayoutKind.Auto)]
internal record struct CachedLookup<TValue>(Lookup<TValue> Answer, long HoldsUntil);

internal sealed class LookupNode<TKey, T, TValue>(
    string name, KeyedStream<TKey, T> input, Func<TKey, CancellationToken, ValueTask<Lookup<TValue>>> lookup, JoinType type,
    LookupJoinOptions<TValue> options)
    : KeyedNode<TKey, T, Joined<T, TValue>>(name, "lookup-join", input)
{
    public override string Detail => $"{type.ToString().ToLowerInvariant()}, {options.Capacity} at once"
        + (options.CacheTimeToLive is { } time ? $", answers hold {time}" : "");

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TValue>(pipeline, "answer");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => EntitiesOf(shards);

    protected override KeyedOperator<TKey, T> Build(StageBuild build, RegionSite<TKey, T> site)
    {
        Receiver<Joined<T, TValue>> output = build.Downstream(this);
        var region = new LookupJoin<TKey, T, TValue>(site, EntitiesOf(site.Shards), lookup, type, options);
        Func<T, CancellationToken, ValueTask<Looked<T, TKey, TValue>>> ask =
            Attempts<T, Looked<T, TKey, TValue>>.Of(region.Ask, options, build.Context.Clock);
        var calls = new MapAsync<T, Looked<T, TKey, TValue>>(
            ask, options, new RowBuffer<Looked<T, TKey, TValue>>(build.Context, region.Answers(output), site.WithPositions),
            site.Errors, build.Context);
        region.Calls = build.Host(calls);
        return region;
    }

    private static StoredEntities<TKey, CachedLookup<TValue>> EntitiesOf(ShardRange shards) =>
        new(shards, "answer", static cached => cached.Answer.HasValue ? cached.Answer.Value : null);
}

/// <summary>A row with the answer to its key.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Looked<T, TKey, TValue>(T Row, TKey Key, Lookup<TValue> Answer, bool IsFresh);

/// <summary>One region of a lookup join: a cache around an asynchronous map.</summary>
internal sealed class LookupJoin<TKey, T, TValue>(
    RegionSite<TKey, T> site, StoredEntities<TKey, CachedLookup<TValue>> entities,
    Func<TKey, CancellationToken, ValueTask<Lookup<TValue>>> lookup, JoinType type, LookupJoinOptions<TValue> options)
    : KeyedOperator<TKey, T>(site)
{
    private readonly StoredMap<TKey, CachedLookup<TValue>> _cache = entities.States;
    private readonly long _holds = options.CacheTimeToLive?.ToMicros() ?? 0;
    private readonly Dictionary<InnerKey<TKey>, Task<Lookup<TValue>>> _asked = [];
    private long _calls;
    private long _hits;
    private long _nextSweep;

    /// <summary>Makes the calls.</summary>
    public Receiver<T> Calls { get; set; } = null!;

    public override EntityStates<TKey> Entities => entities;

    protected override IEnumerable<(string Name, long Value)> OwnCounters => [("calls", _calls), ("cache_hits", _hits)];

    private long Now => Context.Clock.GetUtcNow().ToMicros();

    public Receiver<Looked<T, TKey, TValue>> Answers(Receiver<Joined<T, TValue>> output) => new Remember(this, output);

    /// <summary>The answer for a row: known, being asked for already, or asked for now. Runs in the actor's turn until it awaits.</summary>
    public ValueTask<Looked<T, TKey, TValue>> Ask(T row, CancellationToken cancellation)
    {
        TKey key = KeyOf(row);
        if (key is null)
            return new(new Looked<T, TKey, TValue>(row, key, Lookup<TValue>.None, false));
        if (_holds > 0 && _cache.TryGet(key, Shards.HashOf(key), out CachedLookup<TValue> cached) && cached.HoldsUntil > Now)
        {
            _hits++;
            return new(new Looked<T, TKey, TValue>(row, key, cached.Answer, false));
        }

        var inner = new InnerKey<TKey>(key);
        if (!_asked.TryGetValue(inner, out Task<Lookup<TValue>>? answer) || answer.IsCompleted)
        {
            _calls++;
            ValueTask<Lookup<TValue>> call = options.Resilience is { } resilience ? resilience(token => lookup(key, token), cancellation)
                : lookup(key, cancellation);
            if (call.IsCompletedSuccessfully)
                return new(new Looked<T, TKey, TValue>(row, key, call.Result, true));
            _asked[inner] = answer = call.AsTask();
        }

        return AwaitAsync(row, key, answer);
    }

    public override ValueTask OnBarrierAsync(EpochReport report, CancellationToken cancellation)
    {
        // No call is under way at a barrier.
        _asked.Clear();
        long now = Now;
        if (_holds > 0 && now >= _nextSweep)
        {
            _nextSweep = now + (_holds / 2);
            Forget(now);
        }

        return base.OnBarrierAsync(report, cancellation);
    }

    protected override void RestoreCounters(Func<string, long> counter) => (_calls, _hits) = (counter("calls"), counter("cache_hits"));

    protected override void OnKeyed(in Chunk<T> chunk, TKey[] keys, ulong[] hashes) => Calls.OnChunk(chunk);

    protected override void Advance(long watermark) => Calls.OnWatermark(watermark);

    private static async ValueTask<Looked<T, TKey, TValue>> AwaitAsync(T row, TKey key, Task<Lookup<TValue>> answer) =>
        new(row, key, await answer, true);

    private void Forget(long now)
    {
        StateMap<TKey, CachedLookup<TValue>> map = _cache.Map;
        var old = new List<TKey>();
        foreach (int slot in map.Live)
        {
            ref StateMap<TKey, CachedLookup<TValue>>.Entry entry = ref map.At(slot);
            if (entry.State.HoldsUntil <= now)
                old.Add(entry.Key);
        }

        foreach (TKey key in old)
            _cache.Remove(key, Shards.HashOf(key));
    }

    /// <summary>Takes the answers in the actor's turn: keeps the fresh ones, and puts the pairs out.</summary>
    private sealed class Remember(LookupJoin<TKey, T, TValue> region, Receiver<Joined<T, TValue>> output)
        : Receiver<Looked<T, TKey, TValue>>
    {
        private readonly Joined<T, TValue>[] _pairs = new Joined<T, TValue>[Chunk<T>.Size];
        private readonly long[] _times = new long[Chunk<T>.Size];
        private readonly bool _isLeft = region.Type == JoinType.Left;

        public override void OnChunk(in Chunk<Looked<T, TKey, TValue>> chunk)
        {
            int count = 0;
            long until = region._holds > 0 ? region.Now + region._holds : 0;
            for (int row = 0; row < chunk.Count; row++)
            {
                ref readonly Looked<T, TKey, TValue> looked = ref chunk.Rows[row];
                if (looked.IsFresh && until > 0)
                    region._cache.Touch(looked.Key, region.Shards.HashOf(looked.Key)) = new CachedLookup<TValue>(looked.Answer, until);
                if (!looked.Answer.HasValue && !_isLeft)
                    continue;
                _pairs[count] = new Joined<T, TValue>(true, looked.Row, looked.Answer.HasValue, looked.Answer.Value);
                _times[count++] = chunk.Times[row];
            }

            if (count > 0)
                output.OnChunk(new Chunk<Joined<T, TValue>>(_pairs.AsSpan(0, count), _times.AsSpan(0, count)));
        }

        public override void OnWatermark(long watermark) => output.OnWatermark(watermark);
    }

    private JoinType Type => type;
}
