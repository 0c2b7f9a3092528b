using System.ComponentModel;
using System.Diagnostics;

namespace ActorStreams.Connectors.Tests.Avro;

/// <summary>The npm package <c>avsc</c>, installed once into a temporary folder: another implementation of the same files.</summary>
public sealed class AvroPeer : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public AvroPeer()
    {
        string source = Path.Combine(AppContext.BaseDirectory, "Avro");
        foreach (string file in new[] { "package.json", "peer.js" })
            File.Copy(Path.Combine(source, file), _folder[file]);
        Run("npm", "install", "--no-audit", "--no-fund", "--loglevel=error");
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>The codec and the rows of a file, as JSON.</summary>
    public (string Codec, string[] Rows) Read(string file)
    {
        string[] lines = Run("node", "peer.js", "read", file).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return (lines[0], lines[1..]);
    }

    /// <summary>The rows of a file as a reader's schema sees them, as JSON.</summary>
    public string[] Resolve(string file, string schema) => Run("node", "peer.js", "resolve", file, schema).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public void Write(string file, string codec) => Run("node", "peer.js", "write", file, codec);

    private string Run(string program, params string[] arguments)
    {
        Process process;
        try
        {
            process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = _folder["."], UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (Win32Exception error)
        {
            throw new InvalidOperationException($"'{program}' could not be started. The Avro tests need Node.js and npm; .ci/install-node installs them on Debian.", error);
        }

        using (process)
        {
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {errors.GetAwaiter().GetResult()}");
        }
    }
}
