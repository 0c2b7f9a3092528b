using System.Diagnostics;
using System.Globalization;

namespace Readings;

/// <summary>A node's process, started by the example, and again after it has ended before the job has.</summary>
internal sealed class NodeProcess(RunSettings settings, int number, IReadOnlyList<Place> places, Hosts? hosts) : IDisposable
{
    private readonly Lock _lock = new();
    private Process? _process;
    private readonly Queue<string> _lines = new();
    private readonly Dictionary<string, NodeReport> _reports = [];
    private volatile bool _isPaused;
    private bool _mayEnd;

    public int Number => number;

    /// <summary>What the node has said last of each job, by its name.</summary>
    public IReadOnlyDictionary<string, NodeReport> Reports
    {
        get
        {
            lock (_lock)
                return new Dictionary<string, NodeReport>(_reports);
        }
    }

    /// <summary>Up, paused or down.</summary>
    public string State => !IsRunning ? "down" : _isPaused ? "paused" : "up";

    public bool IsRunning => _process is { HasExited: false };

    public bool IsPaused => _isPaused;

    /// <summary>How it ended, if it did so by itself, and what it said last; null: it was killed, or runs.</summary>
    public string? Ending
    {
        get
        {
            lock (_lock)
            {
                return _process is { HasExited: true, ExitCode: not 137 }
                    ? $"ended with {_process.ExitCode}: {string.Join(" | ", _lines)}" : null;
            }
        }
    }

    /// <summary>Whether the process has seen the job complete.</summary>
    public bool IsDone => _process is { HasExited: true, ExitCode: 0 };

    public void Start()
    {
        string[] command = [.. hosts?.On(number) ?? [], Environment.ProcessPath!, .. Arguments()];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process = Process.Start(start)!;
        lock (_lock)
        {
            (_process, _isPaused) = (process, false);
            _reports.Clear();
        }

        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (_mayEnd)
            MayEnd();
    }

    /// <summary>The last readings may come, in this process and in those that follow it.</summary>
    public void MayEnd()
    {
        _mayEnd = true;
        try
        {
            _process!.StandardInput.WriteLine(NodeProgram.MayEnd);
        }
        catch (IOException)
        {
            // it has ended: the next one is told when it starts
        }
    }

    /// <summary>As <c>kill -9</c>.</summary>
    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
    }

    /// <summary>The process stands still, or goes on.</summary>
    public void Pause(bool isPaused)
    {
        _isPaused = isPaused;
        using Process signal = Process.Start("kill", [isPaused ? "-STOP" : "-CONT", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        signal.WaitForExit();
    }

    public void Dispose()
    {
        if (_process is null)
            return;
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is null)
            return;
        NodeReport? report = NodeReport.Of(line);
        lock (_lock)
        {
            if (report is not null)
                _reports[report.Job] = report;
            else
                _lines.Enqueue(line);
            if (_lines.Count > 12)
                _lines.Dequeue();
        }
    }

    private string[] Arguments()
    {
        string[] own =
        [
            "--node", $"{number}", "--places", string.Join(',', places), "--connection", settings.Connection, "--rows", $"{settings.Rows}",
            "--rate", $"{settings.Rate}", "--parallelism", $"{settings.Parallelism}", "--profile", $"{settings.Profile}",
            .. settings.Lease ? new[] { "--lease" } : [], .. settings.Akka ? new[] { "--journal", ShardJournal.Name } : [],
        ];
        return Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? [typeof(NodeProcess).Assembly.Location, .. own] : own;
    }
}
