using Npgsql;

namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>Waits for one connection's answers as long as the server is at work on them, and not when the line has lost them.</summary>
/// <remarks>
/// No time limit will do: a slot is made once the transactions that are open have ended, and a large table is sorted before its first row
/// comes. So after each <see cref="CaptureOptions.SilenceLimit"/> without an answer the server is asked, by a connection of its own, what
/// it does: if it waits for this client to send or to take something, or has never heard of it, or does not answer, then the line is
/// broken.
/// </remarks>
/// <seealso href="https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-CLIENT-TABLE">What a server process waits
/// for.</seealso>
internal sealed class Patience(CaptureSettings settings, int process) : IDisposable
{
    private readonly CancellationTokenSource _givingUp = new();

    /// <summary>To be given to whatever is waited for: it ends then, if the line is broken.</summary>
    public CancellationToken Token => _givingUp.Token;

    public void Dispose() => _givingUp.Dispose();

    public async ValueTask WaitAsync(Task answer, CancellationToken cancellation) =>
        await WaitAsync(new ValueTask<bool>(DoneAsync(answer)), cancellation);

    /// <param name="answer">What is waited for; it ends with <see cref="Token"/>.</param>
    /// <param name="cancellation">Ends it, too.</param>
    /// <exception cref="IOException">The line is broken.</exception>
    public ValueTask<T> WaitAsync<T>(ValueTask<T> answer, CancellationToken cancellation) => answer.IsCompleted ? answer
        : WaitLongAsync(answer.AsTask(), cancellation);

    private static async Task<bool> DoneAsync(Task answer)
    {
        await answer;
        return true;
    }

    private async ValueTask<T> WaitLongAsync<T>(Task<T> answer, CancellationToken cancellation)
    {
        await using CancellationTokenRegistration ending = cancellation.UnsafeRegister(
            static source => ((CancellationTokenSource)source!).Cancel(), _givingUp);
        while (true)
        {
            try
            {
                return await answer.WaitAsync(settings.Options.SilenceLimit, settings.Clock, CancellationToken.None);
            }
            catch (TimeoutException) when (!answer.IsCompleted)
            {
                if (await IsAtWorkAsync(cancellation) || answer.IsCompleted)
                    continue;
            }

            await _givingUp.CancelAsync();
            try
            {
                return await answer;   // it may have come at the last moment
            }
            catch (Exception error) when (!cancellation.IsCancellationRequested)
            {
                throw new IOException(
                    $"Nothing has come from {settings.Server} for {settings.Options.SilenceLimit}, and the server is not at work on it.",
                    error);
            }
        }
    }

    private async Task<bool> IsAtWorkAsync(CancellationToken cancellation)
    {
        try
        {
            int seconds = settings.SilenceSeconds;
            await using var connection = new NpgsqlConnection(
                new NpgsqlConnectionStringBuilder(settings.ConnectionString) { CommandTimeout = seconds }.ConnectionString);
            await connection.OpenAsync(cancellation);
            await using var command = new NpgsqlCommand(
                "SELECT coalesce(wait_event, '') NOT IN ('ClientRead', 'ClientWrite') FROM pg_stat_activity WHERE pid = $1", connection)
            { Parameters = { new() { Value = process } } };
            return await command.ExecuteScalarAsync(cancellation) is true;
        }
        catch (Exception error) when (error is NpgsqlException or IOException or TimeoutException)
        {
            return false;
        }
    }
}
