using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace ActorStreams.Serving.Tests;

/// <summary>A process of Node.js that follows one key of a view by the module for JavaScript, and tells each epoch by a line.</summary>
internal sealed class NodeFollower : IDisposable
{
    private const string Program = """
        const [module, base, job, view, key] = process.argv.slice(1);
        const { StreamsClient } = await import(module);
        const only = (changes, ...kinds) => changes.find(change => kinds.includes(change.kind))?.row.total ?? null;
        for await (const { epoch, changes } of new StreamsClient(base).follow(job, view, { key }))
            console.log(JSON.stringify({ epoch, before: only(changes, 'update_before'), after: only(changes, 'update_after', 'insert', 'snapshot') }));
        """;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    private readonly Process _process;
    private readonly Task<string> _errors;

    public NodeFollower(Uri server, string job, string view, string key)
    {
        var start = new ProcessStartInfo("node")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string argument in (string[])["--input-type=module", "-e", Program, "--", ModulePath(), $"{server}streams/", job, view, key])
            start.ArgumentList.Add(argument);
        try
        {
            _process = Process.Start(start)!;
        }
        catch (Win32Exception error)
        {
            throw new ActorStreams.Tests.NotOnThisMachineException($"It needs Node.js on the PATH: {error.Message}");
        }

        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>What an epoch says of the key.</summary>
    public sealed record Told(long Epoch, decimal? Before, decimal? After);

    /// <summary>The next epoch.</summary>
    public async Task<Told?> NextAsync() => await _process.StandardOutput.ReadLineAsync() is { } line
        ? JsonSerializer.Deserialize<Told>(line, s_json) : throw new InvalidDataException($"Node.js ended: {await _errors}");

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    private static string ModulePath()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string file = Path.Combine(folder.FullName, "clients", "javascript", "actorstreams.mjs");
            if (File.Exists(file))
                return file;
        }

        throw new FileNotFoundException("clients/javascript/actorstreams.mjs is in no folder above the tests.");
    }
}
