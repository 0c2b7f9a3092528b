using ActorStreams.Core.Time;

namespace ActorStreams;

/// <summary>Watermarks per key.</summary>
public static class KeyWatermarking
{
    /// <summary>Gives every key a watermark of its own: the largest event time of the key's rows minus <paramref name="bound"/>.</summary>
    /// <remarks>
    /// <para>A slow key does not hold the others back, and a key that is ahead does not make the others late; both happen with the
    /// watermark of a source, which all keys share. A key's watermark is a function of the key's rows and their order alone, so results do
    /// not depend on how partitions interleave as long as each key comes from one of them.</para>
    /// <para>A silent key is closed by its own timer: when it has had no row for <see cref="KeyWatermarkOptions.IdleAfter"/>, everything of
    /// it is complete, and rows that come for what was closed are late. That alone depends on the clock.</para>
    /// <para>Keeps 24 bytes and a timer per key, for its <see cref="KeyWatermarkOptions.TimeToLive"/> if that is set.</para>
    /// </remarks>
    /// <param name="keyed">The keyed rows, with event times.</param>
    /// <param name="bound">How far a row may come behind the latest row of its key; not negative.</param>
    /// <param name="options">When silent keys are closed, and when they are forgotten; null: never.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> is negative, or another span is not positive.</exception>
    /// <exception cref="ArgumentException">Keys are to be forgotten that are never closed.</exception>
    public static KeyWatermarkedStream<TKey, T> WithKeyWatermarks<TKey, T>(
        this KeyedStream<TKey, T> keyed, TimeSpan bound, KeyWatermarkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(keyed);
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, TimeSpan.Zero);
        options ??= new KeyWatermarkOptions();
        if (options.IdleAfter is { } idle && idle <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(options), idle, $"{nameof(KeyWatermarkOptions.IdleAfter)} must be positive.");
        if (options.TimeToLive is { } live && live <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(options), live, $"{nameof(KeyWatermarkOptions.TimeToLive)} must be positive.");
        if (options is { TimeToLive: not null, IdleAfter: null })
        {
            throw new ArgumentException(
                $"Only closed keys are forgotten: give {nameof(KeyWatermarkOptions.IdleAfter)} as well as {nameof(KeyWatermarkOptions.TimeToLive)}.",
                nameof(options));
        }

        return new KeyWatermarkedStream<TKey, T>(
            keyed, new KeyWatermarkSettings(bound.ToMicros(), options.IdleAfter?.ToMicros(), options.TimeToLive?.ToMicros()));
    }
}

/// <summary>When keys that have watermarks of their own are closed and forgotten.</summary>
public sealed record KeyWatermarkOptions
{
    /// <summary>How long, by the job's clock, a key may be silent before it is closed. Null: until the input ends. Default: null.</summary>
    public TimeSpan? IdleAfter { get; init; }

    /// <summary>How long a closed key is remembered, by the job's clock; a row after that finds a new key, and may open again what was
    /// closed. Null: for ever. Default: null.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new KeyWatermarkOptions());
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
