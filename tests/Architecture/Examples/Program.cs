using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace ActorStreams.Architecture.Tests.Examples;

/// <summary>An example, run as its users run it: a process of its own, in a folder that is gone after the test.</summary>
internal sealed class Program(string name) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("examples-");

    public string this[string file] => Path.Combine(_folder.FullName, file);

    public Process Start(params string[] arguments)
    {
        // The framework of the tests, not its own: what that has is not in the folder that the two share.
        string runtime = Path.Combine(AppContext.BaseDirectory, $"{typeof(Program).Assembly.GetName().Name}.runtimeconfig.json");
        var start = new ProcessStartInfo("dotnet",
            ["exec", "--runtimeconfig", runtime, Path.Combine(AppContext.BaseDirectory, $"{name}.dll"), .. arguments])
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        return Process.Start(start)!;
    }

    /// <summary>Runs it to its end, which must be a good one.</summary>
    /// <returns>The lines of its output.</returns>
    public async Task<string[]> RunAsync(string input, params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(timeout.Token);
        Assert.True(process.ExitCode == 0, $"{name} ended with {process.ExitCode}: {await errors}");
        return (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    /// <summary>What a query of the store gives, each row as text with | between columns.</summary>
    public string[] Query(string store, string sql)
    {
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = this[store], Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using SqliteDataReader row = command.ExecuteReader();
        var rows = new List<string>();
        while (row.Read())
            rows.Add(string.Join('|', Enumerable.Range(0, row.FieldCount)
                .Select(column => row.IsDBNull(column) ? "" : row.GetString(column))));
        return [.. rows];
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
