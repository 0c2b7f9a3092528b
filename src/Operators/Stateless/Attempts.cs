namespace ActorStreams.Operators.Stateless;

/// <summary>A call that is made again when it throws, after a wait that doubles.</summary>
internal sealed class Attempts<TIn, TOut>
{
    private readonly Func<TIn, CancellationToken, ValueTask<TOut>> _call;
    private readonly MapAsyncOptions _options;
    private readonly TimeProvider _clock;

    private Attempts(Func<TIn, CancellationToken, ValueTask<TOut>> call, MapAsyncOptions options, TimeProvider clock) =>
        (_call, _options, _clock) = (call, options, clock);

    /// <summary>The call with its attempts; itself, where it has only one.</summary>
    public static Func<TIn, CancellationToken, ValueTask<TOut>> Of(Func<TIn, CancellationToken, ValueTask<TOut>> call,
        MapAsyncOptions options, TimeProvider clock) =>
        options.MaxAttempts == 1 ? call : new Attempts<TIn, TOut>(call, options, clock).CallAsync;

    private async ValueTask<TOut> CallAsync(TIn row, CancellationToken cancellation)
    {
        TimeSpan wait = _options.FirstRetry;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await _call(row, cancellation);
            }
            catch (Exception) when (attempt < _options.MaxAttempts && !cancellation.IsCancellationRequested)
            {
                await Task.Delay(wait, _clock, cancellation);
                wait = wait < _options.LastRetry / 2 ? wait * 2 : _options.LastRetry;
            }
        }
    }
}
