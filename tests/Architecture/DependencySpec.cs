using System.Text.RegularExpressions;

namespace ActorStreams.Architecture.Tests;

/// <summary>The arrows between the libraries, each as a sentence.</summary>
public sealed partial class DependencySpec
{
    /// <summary>The namespace of files that several test projects compile.</summary>
    private const string SharedByTests = "ActorStreams.Tests";

    /// <summary>The namespace of everything that users' tests call: they need one using, whatever the folder.</summary>
    private const string OneUsing = "ActorStreams.TestKit";

    [Fact]
    public void Core_refers_to_no_other_library_and_to_no_third_party_package() => RefersOnlyTo("Core", [], []);

    [Fact]
    public void Operators_refer_to_Core_only() => RefersOnlyTo("Operators", ["Core"], []);

    [Fact]
    public void Persistence_refers_to_Core_and_the_two_database_drivers() =>
        RefersOnlyTo("Persistence", ["Core"], ["Microsoft.Data.Sqlite", "SQLitePCLRaw", "Npgsql"]);

    [Fact]
    public void Connectors_refer_to_Core_a_codec_of_Avro_and_checksums_only() => RefersOnlyTo("Connectors", ["Core"], ["Snappier", "System.IO.Hashing"]);

    [Fact]
    public void The_PostgreSQL_connectors_refer_to_Core_and_its_driver() => RefersOnlyTo("Connectors.PostgreSql", ["Core"], ["Npgsql"]);

    [Fact]
    public void TestKit_refers_to_Core_and_Operators_only() => RefersOnlyTo("TestKit", ["Core", "Operators"], []);

    [Fact]
    public void Hosting_refers_to_Core_and_Persistence_and_the_shared_framework() => RefersOnlyTo("Hosting", ["Core", "Persistence"], ["Microsoft.Extensions."]);

    [Fact]
    public void Every_library_has_its_sentence_here()
    {
        string[] known = ["Connectors", "Connectors.PostgreSql", "Core", "Hosting", "Operators", "Persistence", "TestKit"];
        Assert.Equal(known, Directory.GetFiles(Repository.PathOf("src"), "*.csproj", SearchOption.AllDirectories).Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));
        Assert.Equal(known, Repository.Assemblies.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void No_public_type_stands_in_a_Runtime_namespace() =>
        Assert.Empty(Repository.Assemblies.Values.SelectMany(assembly => assembly.GetExportedTypes())
            .Where(type => type.Namespace!.Split('.').Contains("Runtime")).Select(type => type.FullName));

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    public void The_namespace_of_every_source_file_is_its_folder(string folder)
    {
        IEnumerable<string> wrong =
            from file in Repository.SourcesOf(folder)
            let found = Namespace().Match(File.ReadAllText(file))
            where found.Success
            let parts = Path.GetRelativePath(Repository.PathOf(folder), Path.GetDirectoryName(file)!).Split(Path.DirectorySeparatorChar)
            let root = folder == "tests" ? $"ActorStreams.{parts[0]}.Tests" : $"ActorStreams.{parts[0]}"
            let wanted = string.Join('.', [root, .. parts.Skip(1)])
            where found.Groups["name"].Value != wanted && found.Groups["name"].Value is not (SharedByTests or OneUsing)
            select $"{Path.GetRelativePath(Repository.Root, file)}: {found.Groups["name"].Value}, not {wanted}";
        Assert.Empty(wrong.Order(StringComparer.Ordinal));
    }

    private static void RefersOnlyTo(string library, string[] libraries, string[] packages)
    {
        string[] wrong = [.. Repository.Assemblies[library].GetReferencedAssemblies().Select(reference => reference.Name!)
            .Where(name => !IsFramework(name)
                && !libraries.Any(allowed => name == $"ActorStreams.{allowed}")
                && !packages.Any(allowed => name.StartsWith(allowed, StringComparison.Ordinal)))];
        Assert.True(wrong.Length == 0, $"{library} refers to {string.Join(", ", wrong)}, which the design does not allow.");
    }

    /// <summary>What comes with the runtime lies in its folder.</summary>
    private static bool IsFramework(string name) =>
        File.Exists(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, $"{name}.dll"));

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Namespace();
}
