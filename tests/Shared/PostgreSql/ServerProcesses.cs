using System.Diagnostics;
using System.Globalization;

namespace ActorStreams.Tests;

/// <summary>The processes of a server, as <c>/proc</c> tells of them.</summary>
internal static class ServerProcesses
{
    public static IEnumerable<int> ChildrenOf(int parent)
    {
        foreach (string folder in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int id) || Status(id) is not { } status)
                continue;
            if (int.Parse(status[1], CultureInfo.InvariantCulture) == parent)
                yield return id;
        }
    }

    public static bool IsAlive(int id) => OperatingSystem.IsLinux() ? Status(id)?[0] is not (null or "Z") : IsListed(id);

    public static void Kill(int id)
    {
        try
        {
            Process.GetProcessById(id).Kill();
        }
        catch (ArgumentException)
        {
            // has ended by itself
        }
    }

    private static bool IsListed(int id)
    {
        try
        {
            return !Process.GetProcessById(id).HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>State, parent and so on: what stands behind the name.</summary>
    private static string[]? Status(int id)
    {
        try
        {
            string text = File.ReadAllText($"/proc/{id}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
