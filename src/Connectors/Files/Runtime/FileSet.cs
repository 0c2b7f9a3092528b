using System.IO.Enumeration;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>The files that a path stands for: one file, all of a folder with one of the endings, or those that match a pattern.</summary>
/// <remarks>In a pattern, <c>*</c> and <c>?</c> stand in the file name; <c>**</c> as a folder means any depth. Names that begin with a dot
/// are left out.</remarks>
internal sealed class FileSet
{
    /// <summary>Provenance numbers partitions in 15 bits.</summary>
    private const int MaxFiles = 32_767;

    private readonly string _path;
    private readonly string[] _endings;

    public FileSet(string path, params string[] endings)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = path;
        _endings = endings;
    }

    /// <summary>The partitions' names: paths relative to the folder of the pattern, with '/', in ordinal order.</summary>
    public IReadOnlyList<string> Names()
    {
        if (!IsPattern(_path) && !Directory.Exists(_path))
            return [Path.GetFileName(_path)];

        (string root, string pattern, bool recursive) = Parts();
        string[] names;
        try
        {
            names = Directory.EnumerateFiles(root, "*", recursive ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly)
                .Where(file => !Path.GetFileName(file).StartsWith('.') && Matches(pattern, Path.GetFileName(file)))
                .Select(file => Path.GetRelativePath(root, file).Replace('\\', '/'))
                .Order(StringComparer.Ordinal)
                .ToArray();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SourceException($"Folder '{root}' of '{_path}' cannot be listed: {error.Message}", error);
        }

        return names.Length switch
        {
            0 => throw new SourceException(
                $"No file matches '{_path}'{(pattern.Length == 0 ? $" with one of the endings {string.Join(", ", _endings)}" : "")}."),
            > MaxFiles =>
                throw new SourceException($"'{_path}' matches {names.Length} files; at most {MaxFiles} can be read as one source."),
            _ => names,
        };
    }

    /// <summary>Where the file of a partition lies.</summary>
    public string PathOf(string name) =>
        IsPattern(_path) || Directory.Exists(_path) ? Path.Combine(Parts().Root, name) : _path;

    private (string Root, string Pattern, bool Recursive) Parts()
    {
        if (!IsPattern(_path))
            return (_path, "", false);
        string pattern = Path.GetFileName(_path);
        string root = Path.GetDirectoryName(_path) ?? "";
        bool recursive = Path.GetFileName(root) == "**";
        if (recursive)
            root = Path.GetDirectoryName(root) ?? "";
        if (IsPattern(root))
            throw new SourceException(
                $"'{_path}': wildcards may stand in the file name and, as '**', in the folder just before it; not in '{root}'.");
        return (root.Length == 0 ? "." : root, pattern, recursive);
    }

    private bool Matches(string pattern, string name) => pattern.Length > 0
        ? FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false)
        : _endings.Any(
            ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(ending + ".gz", StringComparison.OrdinalIgnoreCase));

    private static bool IsPattern(string path) => path.AsSpan().ContainsAny('*', '?');
}
