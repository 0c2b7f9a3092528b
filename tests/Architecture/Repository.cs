using System.Reflection;
using System.Runtime.CompilerServices;

namespace ActorStreams.Architecture.Tests;

/// <summary>The files and assemblies that the tests look at.</summary>
internal static class Repository
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    /// <summary>Every library of src that is built, by its short name.</summary>
    public static IReadOnlyDictionary<string, Assembly> Assemblies { get; } = Directory.GetFiles(AppContext.BaseDirectory,
        "ActorStreams.*.dll")
        .Where(file => !file.EndsWith(".Tests.dll", StringComparison.Ordinal))
        .Select(Assembly.LoadFrom)
        .ToDictionary(assembly => assembly.GetName().Name!["ActorStreams.".Length..], StringComparer.Ordinal);

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    public static string Read(params string[] parts) => File.ReadAllText(PathOf(parts)).ReplaceLineEndings("\n");

    /// <summary>The C# files below a folder, without what the build makes.</summary>
    public static IEnumerable<string> SourcesOf(string folder) =>
        Directory.EnumerateFiles(PathOf(folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
                && !file.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
