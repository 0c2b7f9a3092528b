using System.Reflection;
using System.Text.RegularExpressions;

namespace ActorStreams.Architecture.Tests;

/// <summary>Every name of ours on the page for those who come from elsewhere is one of the public API.</summary>
public sealed partial class ComingFromSpec
{
    private const BindingFlags Public = BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.FlattenHierarchy;

    private static readonly Type[] s_types = [.. Repository.Assemblies.Values.SelectMany(assembly => assembly.GetExportedTypes())];

    /// <summary>The names of all members, wherever they stand: operators are extension methods.</summary>
    private static readonly HashSet<string> s_members = [.. s_types.SelectMany(type => type.GetMembers(Public)).Select(NameOf)];

    [Theory]
    [InlineData("Flink", 30)]
    [InlineData("Kafka Streams", 20)]
    [InlineData("Beam", 15)]
    [InlineData("Akka.Streams", 15)]
    public void Every_name_is_there(string others, int fewest)
    {
        string[] names = [.. NamesOf(others)];
        Assert.InRange(names.Length, fewest, int.MaxValue);
        Assert.DoesNotContain(names, name => !IsThere(name));
    }

    [Theory]
    [InlineData("KeyBy", true)]
    [InlineData("KeyedStream", true)]
    [InlineData("Job.StartAsync", true)]
    [InlineData("Window.Tumbling", true)]
    [InlineData("RestartPolicy.BackOff", true)]
    [InlineData("Suppress", false)]
    [InlineData("Job.Savepoint", false)]
    [InlineData("Nobody.StartAsync", false)]
    public void What_is_looked_up(string name, bool isThere) => Assert.Equal(isThere, IsThere(name));

    /// <summary>The code in the second column of a part's table.</summary>
    private static IEnumerable<string> NamesOf(string others)
    {
        string page = Repository.Read("docs", "coming-from.md");
        int start = page.IndexOf($"\n## {others}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"The page has no part '{others}'.");
        int end = page.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        return from line in page[start..(end < 0 ? page.Length : end)].Split('\n')
               where line.StartsWith("| ", StringComparison.Ordinal)
               let cells = line.Split('|')
               from Match code in Code().Matches(cells[2])
               select code.Groups["name"].Value;
    }

    private static bool IsThere(string name)
    {
        string[] parts = name.Split('.');
        if (parts.Length == 1)
            return s_members.Contains(name) || s_types.Any(type => NameOf(type) == name);
        Type[] owners = [.. s_types.Where(type => NameOf(type) == parts[0])];
        return owners.Any(owner => owner.GetMembers(Public).Any(member => NameOf(member) == parts[1]))
            || (owners.Length > 0 && Extensions(owners).Contains(parts[1]));
    }

    /// <summary>What extends a type without an instance of it: <c>extension(Window)</c>. The compiler marks the type by the parameter of a
    /// method.</summary>
    private static HashSet<string> Extensions(Type[] owners) =>
    [
        .. from holder in s_types
           where holder is { IsAbstract: true, IsSealed: true }
           from marker in Nested(holder)
               .SelectMany(nested => nested.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static))
           where marker.GetParameters() is [{ ParameterType: var extended }]
               && owners.Contains(extended.IsGenericType ? extended.GetGenericTypeDefinition() : extended)
           from member in holder.GetMembers(Public)
           select NameOf(member),
    ];

    private static IEnumerable<Type> Nested(Type type) =>
        type.GetNestedTypes(BindingFlags.Public | BindingFlags.NonPublic).SelectMany(nested => Nested(nested).Prepend(nested));

    /// <summary>Without the number of type parameters, and without what the compiler puts before a property's name.</summary>
    private static string NameOf(MemberInfo member) => Plain().Replace(member.Name, "");

    [GeneratedRegex(@"`(?<name>[A-Za-z.]+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Code();

    [GeneratedRegex(@"`\d+$|^get_", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Plain();
}
