using System.Reflection;

namespace ActorStreams.TestKit;

/// <summary>A method that checks one requirement of a contract: its name, read as a sentence, is the requirement's.</summary>
/// <param name="argument">What the method is called with, if it has a parameter.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class RequirementAttribute(object? argument = null) : Attribute
{
    public object? Argument => argument;
}

/// <summary>One requirement: a method, and what it is called with.</summary>
/// <typeparam name="TRun">The class of the methods, made anew for each requirement.</typeparam>
internal sealed record Requirement<TRun>(string Name, MethodInfo Method, object?[] Arguments)
    where TRun : class
{
    /// <summary>Makes the object whose method is run.</summary>
    public TRun On(params object[] arguments) => (TRun)Activator.CreateInstance(Method.DeclaringType!, arguments)!;

    /// <exception cref="ExpectationException">It is broken: an expectation was missed, or something was thrown that should not
    /// be.</exception>
    public async Task CheckAsync(TRun run, Func<string> subject)
    {
        try
        {
            await (Task)Method.Invoke(run, BindingFlags.DoNotWrapExceptions, binder: null, Arguments, culture: null)!;
        }
        catch (ExpectationException broken)
        {
            throw new ExpectationException($"{subject()} breaks the requirement '{Name}': {broken.Message}");
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw new ExpectationException(
                $"{subject()} breaks the requirement '{Name}': {error.GetType().Name} was thrown: {error.Message}", error);
        }
    }
}

/// <summary>The requirements of a contract, by name, in the order in which they are written.</summary>
internal sealed class RequirementSet<TRun>
    where TRun : class
{
    private readonly Dictionary<string, Requirement<TRun>> _all = new(StringComparer.Ordinal);

    public RequirementSet(params ReadOnlySpan<Type> classes)
    {
        foreach (Type type in classes)
        {
            foreach (MethodInfo method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            {
                foreach (RequirementAttribute one in method.GetCustomAttributes<RequirementAttribute>())
                {
                    bool hasArgument = method.GetParameters().Length > 0;
                    string name = method.Name.Replace('_', ' ') + (hasArgument ? $" ({one.Argument})" : "");
                    _all.Add(name, new Requirement<TRun>(name, method, hasArgument ? [one.Argument] : []));
                }
            }
        }

        Names = [.. _all.Keys];
    }

    public IReadOnlyList<string> Names { get; }

    public Requirement<TRun> Find(string name) => _all.TryGetValue(name, out Requirement<TRun>? found)
        ? found
        : throw new ArgumentException($"There is no requirement '{name}'. The contract's list of requirements has those there are.",
            nameof(name));
}
