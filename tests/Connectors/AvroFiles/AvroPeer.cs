using System.ComponentModel;
using System.Diagnostics;
using ActorStreams.Tests;

namespace ActorStreams.Connectors.Tests.AvroFiles;

/// <summary>The npm package <c>avsc</c>, installed into a temporary folder when a test first asks for it: another implementation of the
/// same files.</summary>
public sealed class AvroPeer : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<string?> _missing;

    public AvroPeer() => _missing = new(Install);

    public void Dispose() => _folder.Dispose();

    /// <summary>The codec and the rows of a file, as JSON.</summary>
    public (string Codec, string[] Rows) Read(string file)
    {
        string[] lines = Ask("peer.js", "read", file).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return (lines[0], lines[1..]);
    }

    /// <summary>The rows of a file as a reader's schema sees them, as JSON.</summary>
    public string[] Resolve(string file, string schema) => Ask("peer.js", "resolve", file, schema)
        .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public void Write(string file, string codec) => Ask("peer.js", "write", file, codec);

    private string Ask(params string[] arguments)
    {
        if (_missing.Value is { } reason)
            throw new NotOnThisMachineException(
                $"They need Node.js and npm, for another implementation of Avro. {reason} .ci/install-node installs them on Debian.");
        return Run("node", arguments);
    }

    /// <summary>Null, or why there is no peer.</summary>
    private string? Install()
    {
        string source = Path.Combine(AppContext.BaseDirectory, "Avro");
        foreach (string file in new[] { "package.json", "peer.js" })
            File.Copy(Path.Combine(source, file), _folder[file]);
        try
        {
            Run("npm", "install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error", "--fetch-retries=1");
            return null;
        }
        catch (Win32Exception)
        {
            return "They are not on the PATH.";
        }
        catch (InvalidOperationException error)
        {
            return $"npm did not bring it ({error.Message.Trim()}).";
        }
    }

    private string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _folder["."],
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {errors.GetAwaiter().GetResult()}");
    }
}
