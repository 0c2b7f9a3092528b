using System.Diagnostics;

namespace ActorStreams.Benchmarks.Harness;

/// <summary>A process beside this one: this program again, with a command that no user types. They talk by lines.</summary>
/// <remarks>It ends with this one, whose end closes its input.</remarks>
internal sealed class Peer : IDisposable
{
    private readonly Process _process;

    /// <param name="core">The core that it has for itself; null: all of them.</param>
    /// <param name="arguments">The command and its arguments.</param>
    public Peer(int? core, params ReadOnlySpan<string> arguments)
    {
        string program = Environment.ProcessPath!;
        string[] command = [.. core is { } one ? new[] { "taskset", "-c", $"{one}" } : [], program,
            .. Path.GetFileNameWithoutExtension(program) == "dotnet" ? new[] { typeof(Peer).Assembly.Location } : [], .. arguments];
        _process = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
    }

    public void Tell(string line) => _process.StandardInput.WriteLine(line);

    /// <summary>The words after the first of the next line that begins with it; other lines are passed over.</summary>
    public string[] Hear(string first)
    {
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            if (line.Split(' ') is [var word, .. string[] rest] && word == first)
                return rest;
        }

        throw new InvalidOperationException($"The other process has ended, and has not said '{first}'.");
    }

    /// <summary>As <c>kill -9</c>.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }

    /// <summary>What the other process says.</summary>
    public static void Say(string line)
    {
        Console.WriteLine(line);
        Console.Out.Flush();
    }
}
