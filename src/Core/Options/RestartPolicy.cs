using System.Globalization;

namespace ActorStreams;

/// <summary>What becomes of a job when an actor or the store fails.</summary>
/// <param name="MaxRestarts">Restarts in a row before the job fails; an epoch that commits starts the count anew.</param>
/// <param name="FirstDelay">The wait before the first restart; doubled for each further one.</param>
/// <param name="MaxDelay">The longest wait.</param>
public sealed record RestartPolicy(int MaxRestarts, TimeSpan FirstDelay, TimeSpan MaxDelay)
{
    /// <summary>How often in a row the same error may come, without an epoch between, before the job fails all the same: what a row or a
    /// file is not will not pass either when it is read again. Errors of the world outside (I/O, sockets, HTTP, databases, time-outs) do
    /// not count. Default: any number.</summary>
    public int MaxSameErrors { get; init; } = int.MaxValue;

    /// <summary>The job fails at once.</summary>
    public static RestartPolicy None { get; } = new(0, TimeSpan.Zero, TimeSpan.Zero);

    /// <summary>Restarts from the last committed epoch after 1 s, 2 s, 4 s, … up to 1 minute, ten times in a row, which is five minutes;
    /// and fails after the third time of the same error where that is not of the world outside.</summary>
    public static RestartPolicy BackOff { get; } = new(10, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)) { MaxSameErrors = 3 };

    /// <summary>The policy in words.</summary>
    public override string ToString() => MaxRestarts == 0
        ? "none"
        : string.Create(CultureInfo.InvariantCulture, $"{MaxRestarts} restarts in a row, after {FirstDelay} to {MaxDelay}") +
            (MaxSameErrors == int.MaxValue ? "" : string.Create(CultureInfo.InvariantCulture, $", {MaxSameErrors} times the same error"));
}
