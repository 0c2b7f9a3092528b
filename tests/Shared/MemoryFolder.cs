using System.Globalization;

namespace ActorStreams.Tests;

/// <summary>
/// The temporary folder of a test process. A disk takes milliseconds to flush, and tests flush thousands of times: where memory is a file
/// system and has room, the folder is there.
/// </summary>
/// <remarks>Tests crash processes and simulated machines: what was written is there after that, on a disk or in memory.</remarks>
internal static class MemoryFolder
{
    private const string Memory = "/dev/shm", Prefix = "actorstreams-tests-", Variable = "TMPDIR";
    private const long RoomNeeded = 4L << 30;

    /// <summary>From now on, for this process and those that it starts. A <c>TMPDIR</c> of the user's choice stays.</summary>
    public static void Use()
    {
        if (!Directory.Exists(Memory) || Environment.GetEnvironmentVariable(Variable) is not null)
            return;
        RemoveOrphans();
        if (new DriveInfo(Memory).AvailableFreeSpace < RoomNeeded)
            return;
        string folder = Path.Combine(Memory, $"{Prefix}{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        Environment.SetEnvironmentVariable(Variable, folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Remove(folder);
    }

    /// <summary>Folders of test processes that were killed.</summary>
    private static void RemoveOrphans()
    {
        foreach (string folder in Directory.GetDirectories(Memory, $"{Prefix}*"))
        {
            ReadOnlySpan<char> id = folder.AsSpan(Memory.Length + 1 + Prefix.Length);
            if (int.TryParse(id, CultureInfo.InvariantCulture, out int process) && !Directory.Exists($"/proc/{process}"))
                Remove(folder);
        }
    }

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // a server that is about to end still has files in it, or it is another user's: the next test process tries again
        }
    }
}
