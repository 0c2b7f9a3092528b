namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>The attempts to reach a server that cannot be reached: each comes after twice the wait, for as long as the options
/// say.</summary>
internal sealed class CaptureRetries(CaptureSettings settings)
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_last = TimeSpan.FromSeconds(5);

    private long? _failingSince;   // a timestamp: the time of day may be set
    private TimeSpan _wait = s_first;

    /// <summary>Whether the last attempt has failed.</summary>
    public bool IsFailing => _failingSince is not null;

    /// <summary>A connection that brings something, or lasts, is a good one.</summary>
    public void Heal() => (_failingSince, _wait) = (null, s_first);

    /// <summary>Waits before the next attempt.</summary>
    /// <param name="what">What was tried: "to connect".</param>
    /// <param name="error">Why it failed.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <exception cref="SourceException">Another attempt would not help, or the time for attempts is over.</exception>
    public async ValueTask WaitAsync(string what, Exception error, CancellationToken cancellation)
    {
        _failingSince ??= settings.Clock.GetTimestamp();
        if (!CaptureErrors.IsTransient(error) || settings.Clock.GetElapsedTime(_failingSince.Value) >= settings.Options.RetryFor)
            throw CaptureErrors.Of(settings, what, error);
        await Task.Delay(_wait, settings.Clock, cancellation);
        _wait = _wait * 2 < s_last ? _wait * 2 : s_last;
    }
}
