using System.Data.Common;
using System.Net.Sockets;

namespace ActorStreams.Core.Jobs;

/// <summary>The failures of a job since its last epoch, and whether its policy lets it begin again.</summary>
internal sealed class RestartCount(RestartPolicy policy)
{
    private string? _lastError;
    private int _sameErrors;
    private TimeSpan _next = policy.FirstDelay;

    /// <summary>Failures in a row.</summary>
    public int Failures { get; private set; }

    /// <summary>The wait before the next restart.</summary>
    public TimeSpan Delay { get; private set; }

    /// <summary>An epoch was committed.</summary>
    public void Reset() => (Failures, _sameErrors, _lastError, _next) = (0, 0, null, policy.FirstDelay);

    /// <summary>Counts a failure.</summary>
    /// <returns>Whether the job restarts, after <see cref="Delay"/>.</returns>
    public bool MayRestart(Exception error)
    {
        Failures++;
        _sameErrors = error.Message == _lastError ? _sameErrors + 1 : 1;
        _lastError = error.Message;
        if (Failures > policy.MaxRestarts || (_sameErrors >= policy.MaxSameErrors && !IsOfTheWorldOutside(error)))
            return false;
        Delay = _next;
        _next = _next * 2 < policy.MaxDelay ? _next * 2 : policy.MaxDelay;
        return true;
    }

    /// <summary>Whether trying again can help although it is the same error: a line that is down, a server that is away.</summary>
    private static bool IsOfTheWorldOutside(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
        {
            if (error is StoreException { IsTransient: true } or DbException or SocketException or TimeoutException
                or OperationCanceledException or System.Net.Http.HttpRequestException
                || (error is IOException and not (FileNotFoundException or DirectoryNotFoundException or EndOfStreamException)))
                return true;
        }

        return false;
    }
}
