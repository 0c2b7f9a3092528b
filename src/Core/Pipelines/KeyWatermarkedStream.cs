using ActorStreams.Core.Time;

namespace ActorStreams.Core.Pipelines;

/// <summary>Watermarks per key.</summary>
public static class KeyWatermarking
{
    /// <summary>Gives every key a watermark of its own: the largest event time of the key's rows minus <paramref name="bound"/>.</summary>
    /// <remarks>
    /// <para>A slow key does not hold the others back, and a key that is ahead does not make the others late; both happen with the watermark of a source,
    /// which all keys share. A key's watermark is a function of the key's rows and their order alone, so results do not depend on how partitions interleave
    /// as long as each key comes from one of them.</para>
    /// <para>A silent key is closed by its own timer: when it has had no row for <paramref name="idleAfter"/>, everything of it is complete, and rows that come
    /// for what was closed are late. That alone depends on the clock.</para>
    /// <para>Keeps 24 bytes and a timer per key, until <paramref name="forgetAfter"/> if that is set.</para>
    /// </remarks>
    /// <param name="keyed">The keyed rows, with event times.</param>
    /// <param name="bound">How far a row may come behind the latest row of its key; not negative.</param>
    /// <param name="idleAfter">How long, by the job's clock, a key may be silent before it is closed; null: until the input ends.</param>
    /// <param name="forgetAfter">How long a closed key is remembered; a row after that finds a new key, and may open again what was closed. Null: for ever.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> is negative, or another span is not positive.</exception>
    public static KeyWatermarkedStream<TKey, T> WithKeyWatermarks<TKey, T>(
        this KeyedStream<TKey, T> keyed, TimeSpan bound, TimeSpan? idleAfter = null, TimeSpan? forgetAfter = null)
    {
        ArgumentNullException.ThrowIfNull(keyed);
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, TimeSpan.Zero);
        if (idleAfter is { } idle)
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(idle, TimeSpan.Zero, nameof(idleAfter));
        if (forgetAfter is { } forget)
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(forget, TimeSpan.Zero, nameof(forgetAfter));
        if (forgetAfter is not null && idleAfter is null)
            throw new ArgumentException($"Only closed keys are forgotten: give {nameof(idleAfter)} as well.", nameof(forgetAfter));
        return new KeyWatermarkedStream<TKey, T>(keyed, new KeyWatermarkSettings(bound.ToMicros(), idleAfter?.ToMicros(), forgetAfter?.ToMicros()));
    }
}

/// <summary>Rows grouped by key, each key with a watermark of its own. Operators that know such watermarks are extension methods.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The row.</typeparam>
public sealed class KeyWatermarkedStream<TKey, T>
{
    internal KeyWatermarkedStream(KeyedStream<TKey, T> keyed, KeyWatermarkSettings settings) => (Keyed, Settings) = (keyed, settings);

    /// <summary>The rows with the watermark of their source.</summary>
    public KeyedStream<TKey, T> Keyed { get; }

    internal KeyWatermarkSettings Settings { get; }
}
