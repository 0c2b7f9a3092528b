using System.IO.Compression;
using System.Text;

namespace ActorStreams.Connectors.Tests;

/// <summary>A folder that is gone after the test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    private static readonly byte[] s_emptyMember = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connectors-");

    public string this[string name] => Path.Combine(_folder.FullName, name);

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        string path = this[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (!name.EndsWith(".gz", StringComparison.Ordinal))
        {
            File.WriteAllBytes(path, bytes);
            return path;
        }

        using FileStream file = File.Create(path);
        if (bytes.Length == 0)
            file.Write(s_emptyMember);                            // GZipStream would write nothing, which is no gzip file
        using var zip = new GZipStream(file, CompressionLevel.Fastest);
        zip.Write(bytes);
        return path;
    }

    /// <summary>Writes a file as it is, whatever its name says.</summary>
    public async Task<string> WriteAsync(string name, byte[] bytes)
    {
        await File.WriteAllBytesAsync(this[name], bytes);
        return this[name];
    }

    public string[] Names() => _folder.GetFiles().Select(file => file.Name).Order(StringComparer.Ordinal).ToArray();

    public void Dispose() => _folder.Delete(recursive: true);
}
